namespace BankEzy.Sessions.Users;

/// <summary>A program's limits for sessions that start now.</summary>
/// <param name="IdleTimeout">A session without use ends after this time; zero for no such limit.</param>
/// <param name="AbsoluteTimeout">A session ends after this time however much it is used.</param>
/// <param name="MaxSessions">The most live sessions of one user; a further one ends the oldest.</param>
internal sealed record SessionPolicy(TimeSpan IdleTimeout, TimeSpan AbsoluteTimeout, int MaxSessions)
{
    /// <summary>What holds where nothing is configured: no idle limit, 24 hours, 64 sessions.</summary>
    public static readonly SessionPolicy Default = new(TimeSpan.Zero, TimeSpan.FromHours(24), 64);
}

/// <summary>The configured programs' policies.</summary>
internal interface IProgramPolicies
{
    /// <summary>The policy of a program; <see cref="SessionPolicy.Default"/> for one that is not configured (any more).</summary>
    SessionPolicy For(int program);
}
