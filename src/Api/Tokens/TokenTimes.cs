// When a token is valid.
namespace BankEzy.Sessions.Api.Tokens;

/// <summary>What a token is used for, which decides how its times count.</summary>
public enum TokenUse
{
    /// <summary>It authorises its holder's request. The issuer's clock and ours may differ by <see cref="TokenLimits.Leeway"/>.</summary>
    Authorises,

    /// <summary>It only identifies, so its end does not matter.</summary>
    Identifies,

    /// <summary>Another service asks whether it is active: by this service's clock alone, so that no answer contradicts its own
    /// <c>iat</c> and <c>exp</c>.</summary>
    Introspected,
}

/// <summary>Checks the times of a token against a clock that is an argument.</summary>
public static class TokenTimes
{
    /// <summary>Says <see cref="TokenFault.ClaimsTime"/> unless the token is valid now.</summary>
    /// <param name="claims">The token's claims.</param>
    /// <param name="now">The time of the check.</param>
    /// <param name="maxLifetime">The longest life that an issuer may give a token.</param>
    /// <param name="use">What the token is used for.</param>
    public static TokenFault Check(in TokenClaims claims, DateTimeOffset now, TimeSpan maxLifetime, TokenUse use)
    {
        // Differences only: a sum could leave the calendar, because exp may be its last second.
        var leeway = use == TokenUse.Introspected ? TimeSpan.Zero : TokenLimits.Leeway;
        var lifetime = claims.ExpiresAt - claims.IssuedAt;
        var refused = lifetime <= TimeSpan.Zero || lifetime > maxLifetime
            || claims.IssuedAt - now > leeway
            || (claims.NotBefore is { } notBefore && notBefore - now > leeway)
            || (use != TokenUse.Identifies && now - claims.ExpiresAt >= leeway);
        return refused ? TokenFault.ClaimsTime : TokenFault.None;
    }
}
