// The state forgets ended sessions; the log does not. Which sessions a stream knows can be asked by their command ids.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Users;

/// <summary>
/// Looks up sessions that the state lacks. Every session of the log began with its report, or with the sign-out that adopted it, and the
/// ids of these commands follow from the session's id. Answers are remembered, a bounded number of them.
/// </summary>
/// <param name="stream">The stream.</param>
/// <param name="store">The log.</param>
internal sealed class SessionsTheLogKnows(string stream, IEventStore store)
{
    private const int RememberedMax = 32;

    private readonly Dictionary<SessionId, Session?> _answers = [];

    /// <summary>Whether it remembers nothing.</summary>
    public bool IsEmpty => _answers.Count == 0;

    /// <summary>The session as ended and forgotten, or null when the log does not know it. Asked only for a session that the state lacks,
    /// and only an ended session is ever forgotten.</summary>
    public async ValueTask<Session?> Find(SessionId id, CancellationToken cancellation)
    {
        if (_answers.TryGetValue(id, out var known))
        {
            return known;
        }

        CommandId[] any = [CommandId.Start(id), CommandId.SignOutSession(id), CommandId.SignOutDevice(id)];
        var found = await store.HasCommands(stream, any, cancellation)
            ? Session.ForgottenOne(
                id,
                await store.HasCommands(stream, any[2..], cancellation) ? Ending.DeviceSignedOut
                : await store.HasCommands(stream, any[1..2], cancellation) ? Ending.SignedOut
                : Ending.Forgotten)
            : null;
        if (_answers.Count >= RememberedMax)
        {
            _answers.Clear();
        }

        _answers[id] = found;
        return found;
    }

    /// <summary>Takes note of events that became state: what they start is not unknown any more.</summary>
    public void Learn(IEnumerable<UserEvent> events)
    {
        foreach (var started in events.OfType<SessionStarted>())
        {
            _answers.Remove(started.Session);
        }
    }
}
