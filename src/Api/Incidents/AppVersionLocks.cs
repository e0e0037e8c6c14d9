// Locks a version of the app: for the route that locks sign-ins.

namespace BankEzy.Sessions.Api.Incidents;

/// <summary>Lets no session of a version of the app begin.</summary>
/// <param name="gates">The programs' gates.</param>
/// <param name="time">The API's clock.</param>
public sealed class AppVersionLocks(IGates gates, TimeProvider time)
{
    /// <summary>Locks a version. When it returns, no silo lets a session of it begin.</summary>
    /// <param name="program">PROGRAM_ID; the caller has checked that the key sees it.</param>
    /// <param name="appVersion">The version, 1 to 64 characters, as the login service reports it.</param>
    /// <param name="cause">Who asks, and why.</param>
    /// <param name="request">The caller's id of the request: sent again it acts once.</param>
    /// <param name="until">When the lock ends by itself; null for not before it is released.</param>
    /// <returns><see cref="GateOutcome.Done"/>, <see cref="GateOutcome.Unchanged"/> or <see cref="GateOutcome.TooMany"/>.</returns>
    public ValueTask<GateReply> Lock(int program, string appVersion, Cause cause, Guid request, DateTimeOffset? until) =>
        gates.Execute(program, new SetAppVersionLock(time.GetUtcNow(), request, appVersion, cause, IsRelease: false, until));

    /// <summary>Releases a lock before its time.</summary>
    /// <returns><see cref="GateOutcome.Done"/>, <see cref="GateOutcome.Unchanged"/>, or <see cref="GateOutcome.Unknown"/> where none
    /// holds.</returns>
    public ValueTask<GateReply> Release(int program, string appVersion, Cause cause, Guid request) =>
        gates.Execute(program, new SetAppVersionLock(time.GetUtcNow(), request, appVersion, cause, IsRelease: true));
}
