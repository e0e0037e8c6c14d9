// What a command that its caller named has written: so a repeat is answered as the first time, whatever happened since.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Users;

/// <summary>Finds the events of a command.</summary>
internal static class EventsOfCommand
{
    private const int PageMax = 1_000;

    /// <summary>The first event of a command; null where the stream has none. It reads the stream: for what is asked rarely.</summary>
    /// <param name="store">The log.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="command">The command.</param>
    /// <param name="after">A version behind which its events must be.</param>
    public static async ValueTask<StoredEvent?> FindEvent(
        this IEventStore store, string stream, CommandId command, long after = 0)
    {
        if (!await store.HasCommands(stream, [command], CancellationToken.None))
        {
            return null;
        }

        IReadOnlyList<StoredEvent> page;
        var version = after;
        do
        {
            page = await store.ReadCheckedStream(stream, version, PageMax, CancellationToken.None);
            if (page.FirstOrDefault(stored => stored.Command == command) is { } found)
            {
                return found;
            }

            version = page.Count > 0 ? page[^1].Version : version;
        }
        while (page.Count == PageMax);
        return null;
    }
}
