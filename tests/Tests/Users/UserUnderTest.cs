// A user's stream with the rules in it, as the grain calls them.
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Tests.Users;

internal sealed class UserUnderTest(FakeStore store)
{
    public const string Stream = "user-2001-0123456789abcdef0123456789abcdef";

    private static readonly SessionPolicy Policy = SessionPolicy.Default;
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(number => (byte)number)];

    private readonly UserStream _user = new UserStreams(
        store, new UserSnapshots(Key), Keys, new AppendTimes(TimeProvider.System), NullLogger<UserStreams>.Instance).Of(Stream);

    /// <summary>The keys by which the user is found.</summary>
    public static SearchKeys Keys { get; } = new(new UserKey(Key));

    /// <summary>The gate by which everything is decided.</summary>
    public GateState Gate { get; set; } = GateState.Initial;

    /// <summary>What is in the log.</summary>
    public IReadOnlyList<UserEvent> Events => [.. store.Log.Select(stored => UserEventCodec.Decode(stored.Name, stored.Json.Span))];

    public UserSnapshots Snapshots { get; } = new(Key);

    public UserState State => _user.State;

    public bool IsDoubtful => _user.IsDoubtful;

    public Task SnapshotWritten => _user.SnapshotWritten;

    public static async Task<UserUnderTest> Load(FakeStore store)
    {
        var user = new UserUnderTest(store);
        await user._user.Load(CancellationToken.None);
        return user;
    }

    public ValueTask<StartOutcome> Start(StartSession command) =>
        _user.Execute(command, command.At, command.Session, (state, command, _) => UserDecider.Decide(state, command, Policy, Gate), Gate);

    public ValueTask<SignOutOutcome> SignOut(SignOut command) => _user.Execute(
        command, command.At, command.Session,
        (state, command, wasLive) => UserDecider.Decide(state, command, Policy, wasLive, Gate), Gate,
        fresh: command.Mode != Mode.Pin);

    public ValueTask<InspectReply> Inspect(Inspect query) =>
        _user.Execute(query, query.At, query.Session, (state, query, _) => UserDecider.Decide(state, query, Policy, Gate), Gate);

    public ValueTask<AcknowledgeOutcome> Acknowledge(AcknowledgeNotices command) =>
        _user.Execute(command, command.At, command.Session, (state, command, _) => UserDecider.Decide(state, command, Policy, Gate), Gate);

    public ValueTask<bool> Expire(ExpireDue command) =>
        _user.Execute(command, command.At, session: null, static (state, command, _) => UserDecider.Decide(state, command), Gate);
}
