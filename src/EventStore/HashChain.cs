// Damage is found, never served: what comes out of a database is checked against the chain that was stored with it.
namespace BankEzy.Sessions.EventStore;

/// <summary>The check of a stream's hash chain.</summary>
internal static class HashChain
{
    /// <summary>Checks a snapshot's own event and those that follow it, or all of a stream that has none.</summary>
    /// <exception cref="StoreUnavailableException">They are damaged; the message says from which version on.</exception>
    public static void Check(StreamHistory history)
    {
        if (history.Snapshot is not { } snapshot)
        {
            Check(default, history.Events);
        }
        else if (history.Events.Count > 0 && new StreamHead(history.Events[0].Version, history.Events[0].Hash) == snapshot.Head)
        {
            Check(snapshot.Head, [.. history.Events.Skip(1)]);
        }
        else
        {
            throw new StoreUnavailableException(
                $"A snapshot at version {snapshot.Head.Version} of a stream does not fit the log: delete all snapshots, they are a cache.");
        }
    }

    /// <summary>Checks that events follow a head without a hole and with true hashes.</summary>
    /// <exception cref="StoreUnavailableException">They do not; the message says from which version on.</exception>
    public static void Check(StreamHead head, IReadOnlyList<StoredEvent> events)
    {
        foreach (var stored in events)
        {
            var hash = head.Hash.Next(stored.Stream, head.Version + 1, stored.Command, stored.Ordinal, stored.Name, stored.Json.Span);
            if (stored.Version != head.Version + 1 || stored.Hash != hash)
            {
                // The position leads an operator to the stream; its name holds an account number and does not belong in a log.
                throw new StoreUnavailableException(
                    $"The log is damaged at position {stored.Cursor.Position}, where version {head.Version + 1} of a stream should be: "
                    + "its hash chain breaks there. Keep a copy of the log and restore it from a backup; other streams are served.");
            }

            head = new StreamHead(stored.Version, stored.Hash);
        }
    }
}
