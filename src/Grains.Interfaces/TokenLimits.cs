namespace BankEzy.Sessions;

/// <summary>Limits of tokens that the rules of sessions and the check of tokens must agree on.</summary>
public static class TokenLimits
{
    /// <summary>How far the issuer's clock and ours may differ: a token is accepted this long after its <c>exp</c> and before its
    /// <c>iat</c>.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    /// <summary>The longest lifetime (<c>exp - iat</c>) of any token that is accepted.</summary>
    public static readonly TimeSpan LifetimeMax = TimeSpan.FromHours(24);
}
