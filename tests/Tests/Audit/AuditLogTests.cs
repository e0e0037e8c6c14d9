// The record as a log of its own: everything that was answered is in it once, in an unbroken chain, also where two nodes write.
using System.Text;
using BankEzy.Sessions.Audit;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Audit;

public sealed class AuditLogTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 23, 59, 0, TimeSpan.Zero);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FakeTime time = new(Now);

    [Fact]
    public void A_use_is_stored_as_it_always_was()
    {
        var used = new KeyUsed(Now.AddMilliseconds(7), "help-desk", "g.bianchi", KeyUses.Timeline, Visitor.UserOf("100"));
        var json = Encoding.UTF8.GetString(KeyUsedCodec.Encode(used));
        Assert.Equal(
            "{\"at\":\"2026-11-22T23:59:00.007Z\",\"key\":\"help-desk\",\"what\":\"timeline\",\"actor\":\"g.bianchi\","
            + $"\"user\":\"{Visitor.UserOf("100").Stream}\"}}",
            json);
        Assert.Equal(used, KeyUsedCodec.Decode(Stored(json)));
        var bare = used with { Actor = null, User = null };
        Assert.Equal(bare, KeyUsedCodec.Decode(Stored(Encoding.UTF8.GetString(KeyUsedCodec.Encode(bare)))));
        foreach (var damaged in (string[])["{}", "[]", "null", json.Replace("key", "kez", StringComparison.Ordinal), json[..^1]])
        {
            Assert.Throws<InvalidDataException>(() => KeyUsedCodec.Decode(Stored(damaged)));
        }

        Assert.Throws<InvalidDataException>(() => KeyUsedCodec.Decode(Stored(json) with { Name = "session-used.v1" }));
    }

    [Fact]
    public async Task Uses_that_come_at_once_share_appends_and_each_is_stored_once()
    {
        using var folder = new SqliteFolder(path => new() { Path = path, Clock = time });
        var (one, other) = (new AuditLog(folder.Store), new AuditLog(folder.Store)); // as two nodes
        await Task.WhenAll(Enumerable.Range(0, 500).SelectMany(i => (Task[])[one.Record(Use($"one-{i}")), other.Record(Use($"two-{i}"))]));
        var stored = await folder.Store.ReadCheckedStream("audit-20261122", 0, 5_000, None);
        Assert.Equal(1_000, stored.Select(used => KeyUsedCodec.Decode(used).Key).Distinct().Count());
        Assert.Equal(1_000, stored.Count);
        Assert.InRange(stored.Select(used => used.Command).Distinct().Count(), 1, 200);
        Assert.Equal(
            Enumerable.Range(0, 500).Select(i => $"one-{i}"),
            stored.Select(used => KeyUsedCodec.Decode(used).Key).Where(key => key.StartsWith("one", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Each_day_has_a_stream_of_its_own()
    {
        var store = new MemoryEventStore(time);
        var log = new AuditLog(store);
        await Task.WhenAll(log.Record(Use("a")), log.Record(Use("b", Now.AddMinutes(1))), log.Record(Use("c", Now.AddMinutes(2))));
        Assert.Single(await store.ReadCheckedStream("audit-20261122", 0, 10, None));
        Assert.Equal(2, (await store.ReadCheckedStream("audit-20261123", 0, 10, None)).Count);
        var rows = await Read(log);
        Assert.Equal(["c", "b", "a"], rows.Rows.Select(row => row.Used.Key));
    }

    [Fact]
    public async Task A_commit_of_unknown_outcome_is_looked_up()
    {
        var outcomes = new Queue<Func<Append, ValueTask<AppendOutcome>>>();
        var memory = new MemoryEventStore(time);
        using var store = new FaultyStore(memory)
        {
            OnAppend = (inner, append) => outcomes.TryDequeue(out var answer) ? answer(append) : inner.Append(append),
        };
        var log = new AuditLog(store);
        outcomes.Enqueue(async append =>
        {
            await memory.Append(append);
            return AppendOutcome.Unknown;
        });
        await log.Record(Use("stored"));

        outcomes.Enqueue(_ => new(AppendOutcome.Unknown));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => log.Record(Use("lost")));

        outcomes.Enqueue(async append =>
        {
            await new AuditLog(memory).Record(Use("another node's"));
            return AppendOutcome.Unknown;
        });
        await log.Record(Use("after a conflict"));
        Assert.Equal(["after a conflict", "another node's", "stored"], (await Read(log)).Rows.Select(row => row.Used.Key));
    }

    [Fact]
    public async Task A_failure_is_said_to_those_who_wait_and_to_nobody_after_them()
    {
        var isDown = true;
        using var store = new FaultyStore(new MemoryEventStore(time))
        {
            OnAppend = (inner, append) => isDown ? throw new StoreUnavailableException() : inner.Append(append),
        };
        var log = new AuditLog(store);
        var waiting = Enumerable.Range(0, 10).Select(i => log.Record(Use($"{i}"))).ToList();
        foreach (var lost in waiting)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => lost);
        }

        isDown = false;
        await log.Record(Use("kept"));
        Assert.Equal(["kept"], (await Read(log)).Rows.Select(row => row.Used.Key));
    }

    [Fact]
    public async Task A_changed_row_is_found()
    {
        using var store = new FaultyStore(new MemoryEventStore(time));
        var log = new AuditLog(store);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(i => log.Record(Use($"{i}"))));
        store.Changed = stored => stored.Version == 3 ? stored with { Json = KeyUsedCodec.Encode(Use("nobody")) } : stored;
        await Assert.ThrowsAsync<InvalidDataException>(() => Read(log));
    }

    [Fact]
    public async Task The_end_of_a_stream_is_found_from_every_point_of_it()
    {
        var (store, head) = (new MemoryEventStore(time), default(StreamHead));
        for (var length = 0; length < 70; length++)
        {
            for (var known = default(StreamHead); known.Version <= length; known = await After(known))
            {
                Assert.Equal(head, await StreamEnd.Find(store, "s", known, None));
                if (known.Version == length)
                {
                    break;
                }
            }

            var events = Appends.Chain("s", head, Appends.Command(length), "{}"u8.ToArray());
            Assert.Equal(
                AppendOutcome.Appended, await store.Append(new Append("s", head.Version, Appends.Command(length), Now, events, null)));
            head = new StreamHead(head.Version + 1, events[0].Hash);
        }

        async Task<StreamHead> After(StreamHead known)
        {
            var next = (await store.ReadStream("s", known.Version, 1, None))[0];
            return new StreamHead(next.Version, next.Hash);
        }
    }

    private static StoredEvent Stored(string json) =>
        new("audit-20261122", 1, FeedCursor.Start, default, 0, KeyUsedCodec.Name, Encoding.UTF8.GetBytes(json), default);

    private static KeyUsed Use(string key, DateTimeOffset? at = null) => new(at ?? Now, key, null, KeyUses.Feed, null);

    private static Task<AuditRows> Read(AuditLog log) =>
        log.Read(new AuditQuestion(Now.AddDays(-1), Now.AddDays(1), Before: null, Max: 1_000), _ => true, None).AsTask();
}
