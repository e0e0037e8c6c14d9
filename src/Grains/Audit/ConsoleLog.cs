// The record of sign-ins to the console: the version check of the store is the fence between nodes, as it is for users.
using System.Security.Cryptography;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Audit;

/// <summary>Writes and reads the streams <c>console-…</c>.</summary>
/// <param name="store">The log.</param>
internal sealed class ConsoleLog(IEventStore store) : IConsoleLog
{
    private const string Prefix = "console-";
    private const int PageMax = 1_000;
    private const int ConflictsMax = 16;

    /// <inheritdoc/>
    public async ValueTask<ConsoleSession?> Find(string id, ConsoleSession? known, CancellationToken cancellation)
    {
        IReadOnlyList<StoredEvent> page;
        do
        {
            page = await store.ReadCheckedStream(Prefix + id, known?.Version ?? 0, PageMax, cancellation);
            known = page.Aggregate(known, ConsoleEventCodec.Evolve);
        }
        while (page.Count == PageMax);
        return known;
    }

    /// <inheritdoc/>
    public async Task<ConsoleSession> Begin(string id, string key, string keyMark, string actor, DateTimeOffset at) =>
        await TryAppend(id, null, ConsoleEventCodec.SignedIn, ConsoleEventCodec.EncodeSignedIn(key, keyMark, actor, at), at)
        ?? throw new StoreUnavailableException("A sign-in to the console could not be recorded. Try again.");

    /// <inheritdoc/>
    public async Task<ConsoleSession> Use(string id, ConsoleSession session, DateTimeOffset at) =>
        await TryAppend(id, session, ConsoleEventCodec.Used, ConsoleEventCodec.EncodeTime(at), at)
        ?? (await Find(id, session, CancellationToken.None))!; // Somebody else was quicker: what they recorded says it as well.

    /// <inheritdoc/>
    public async Task<ConsoleSession> End(string id, ConsoleSession session, DateTimeOffset at)
    {
        for (var conflicts = 0; conflicts < ConflictsMax && !session.HasEnded; conflicts++)
        {
            session = await TryAppend(id, session, ConsoleEventCodec.SignedOut, ConsoleEventCodec.EncodeTime(at), at)
                ?? (await Find(id, session, CancellationToken.None))!;
        }

        return session.HasEnded ? session : throw new StoreUnavailableException("Leaving the console could not be recorded. Try again.");
    }

    // Null where another node appended first.
    private async Task<ConsoleSession?> TryAppend(string id, ConsoleSession? before, string name, byte[] json, DateTimeOffset at)
    {
        var command = new CommandId(new Guid(RandomNumberGenerator.GetBytes(16)));
        var append = new StreamHead(before?.Version ?? 0, before?.Hash ?? default).Next<(string Name, byte[] Json)>(
            Prefix + id, command, at, [(name, json)], static form => form);
        var outcome = await store.Append(append);
        if (outcome == AppendOutcome.Conflict
            || (outcome == AppendOutcome.Unknown && !await store.IsStored(append, CancellationToken.None)))
        {
            return null;
        }

        return (await Find(id, before, CancellationToken.None))!;
    }
}
