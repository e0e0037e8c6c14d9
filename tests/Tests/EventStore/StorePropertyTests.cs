// Any sequence of appends has the same outcomes and the same reads in every store.
using BankEzy.Sessions.EventStore;
using FsCheck;
using FsCheck.Fluent;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class StorePropertyTests(PostgresServer server)
{
    private const int Streams = 3;

    // Small numbers, so that versions and commands meet often.
    public readonly record struct Step(int Stream, int Off, int Command, int Count, bool Snapshot);

    [Fact]
    public void Sqlite_answers_as_memory_does()
    {
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(40),
            Prop.ForAll(Sequences(), async sequence =>
            {
                using var folder = new SqliteFolder();
                return (await Play(new MemoryEventStore(TimeProvider.System), sequence)).SequenceEqual(await Play(folder.Store, sequence));
            }));
    }

    [Fact]
    public void Postgres_answers_as_memory_does()
    {
        Assert.SkipWhen(server.Missing is not null, server.Missing ?? "");
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(20),
            Prop.ForAll(Sequences(), async sequence =>
            {
                using var log = new PostgresLogs(server);
                return (await Play(new MemoryEventStore(TimeProvider.System), sequence)).Select(WithoutCursor)
                    .SequenceEqual((await Play(log.Open(), sequence)).Select(WithoutCursor));
            }));
    }

    // The order is the same, its numbers are each store's own.
    private static string WithoutCursor(string seen) => seen[(seen.IndexOf(" @ ", StringComparison.Ordinal) + 1)..];

    private static Arbitrary<List<Step>> Sequences()
    {
        var steps =
            from stream in Gen.Choose(0, Streams - 1)
            from off in Gen.Elements(-1, 0, 0, 0, 1)
            from command in Gen.Choose(0, 12)
            from count in Gen.Choose(1, 3)
            from snapshot in Gen.Choose(0, 4)
            select new Step(stream, off, command, count, snapshot == 0);
        return steps.ListOf().ToArbitrary();
    }

    private static async Task<List<string>> Play(IEventStore store, IEnumerable<Step> steps)
    {
        var seen = new List<string>();
        foreach (var step in steps)
        {
            var stream = $"stream {step.Stream}";
            var head = await store.Head(stream);
            var append = Appends.Build(stream, head with { Version = head.Version + step.Off }, step.Command, step.Count);
            seen.Add($"{step}: {await store.Append(append)}");
            if (step.Snapshot)
            {
                await store.WriteSnapshot(new Snapshot(stream, 1, await store.Head(stream), new byte[] { 1 }), default);
            }
        }

        for (var number = 0; number < Streams; number++)
        {
            var history = await store.Load($"stream {number}", 1, default);
            seen.Add($"snapshot at {history.Snapshot?.Head.Version}");
            seen.AddRange(history.Events.Select(Appends.Text));
            seen.AddRange((await store.ReadStream($"stream {number}", 1, 100, default)).Select(Appends.Text));
        }

        seen.AddRange((await store.ReadWholeFeed(4)).Select(stored => $"{stored.Cursor} @ {Appends.Text(stored)}"));
        return seen;
    }
}
