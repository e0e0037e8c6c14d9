// When a token is valid.
namespace BankEzy.Sessions.Api.Tokens;

/// <summary>Checks the times of a token against a clock that is an argument.</summary>
public static class TokenTimes
{
    /// <summary>How far the issuer's clock and ours may differ. Granted once, here.</summary>
    public static readonly TimeSpan Leeway = TokenLimits.Leeway;

    /// <summary>Whether the token is valid at a time, with no leeway: issued, not before its time, and not expired.</summary>
    /// <param name="claims">The token's claims.</param>
    /// <param name="now">The time of the check.</param>
    public static bool HoldAt(in TokenClaims claims, DateTimeOffset now) =>
        claims.IssuedAt <= now && (claims.NotBefore ?? claims.IssuedAt) <= now && now < claims.ExpiresAt;

    /// <summary>Says <see cref="TokenFault.ClaimsTime"/> unless the token is valid now.</summary>
    /// <param name="claims">The token's claims.</param>
    /// <param name="now">The time of the check.</param>
    /// <param name="maxLifetime">The longest life that an issuer may give a token.</param>
    /// <param name="mayBeExpired">Whether the token only identifies, so that its end does not matter.</param>
    public static TokenFault Check(in TokenClaims claims, DateTimeOffset now, TimeSpan maxLifetime, bool mayBeExpired)
    {
        // Differences only: a sum could leave the calendar, because exp may be its last second.
        var lifetime = claims.ExpiresAt - claims.IssuedAt;
        var refused = lifetime <= TimeSpan.Zero || lifetime > maxLifetime
            || claims.IssuedAt - now > Leeway
            || (claims.NotBefore is { } notBefore && notBefore - now > Leeway)
            || (!mayBeExpired && now - claims.ExpiresAt >= Leeway);
        return refused ? TokenFault.ClaimsTime : TokenFault.None;
    }
}
