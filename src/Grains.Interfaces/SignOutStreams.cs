// What other services of the bank hear of a sign-out when they live in the same cluster. Published where the engine has streams.
using System.Collections.Immutable;

namespace BankEzy.Sessions;

/// <summary>The names of the streams that sign-outs are published to.</summary>
public static class SignOutStreams
{
    /// <summary>The stream provider.</summary>
    public const string Provider = "sessions";

    /// <summary>The namespace of the streams of one user each; the key is the user's: <c>user-2001-…</c>.</summary>
    public const string OfUser = "sign-outs";

    /// <summary>The namespace of the streams of one program each; the key is the program's id: <c>2001</c>.</summary>
    public const string OfProgram = "sign-outs-of-program";
}

/// <summary>
/// A sign-out, as it is published: at least once, and for one user in the order of the versions. Whoever has seen a version of a user
/// leaves out what comes with the same version or a lower one.
/// </summary>
/// <param name="User">Who was signed out.</param>
/// <param name="Version">The sign-out's version in the user's stream.</param>
/// <param name="Cursor">Its place in the feed, for <c>GET /internal/feed/v1</c>.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Mode"><see cref="Mode.Pin"/> for a session, <see cref="Mode.Device"/> for a device's sessions.</param>
/// <param name="Sessions">The sessions that ended.</param>
/// <param name="Account">The user's account number.</param>
[GenerateSerializer, Immutable, Alias("published-sign-out")]
public sealed record PublishedSignOut(
    [property: Id(0)] UserId User,
    [property: Id(1)] long Version,
    [property: Id(2)] string Cursor,
    [property: Id(3)] DateTimeOffset At,
    [property: Id(4)] Mode Mode,
    [property: Id(5)] ImmutableArray<SessionId> Sessions,
    [property: Id(6)] string Account)
{
    /// <summary>Without the account, for messages.</summary>
    public override string ToString() => $"sign-out at {Cursor}";
}
