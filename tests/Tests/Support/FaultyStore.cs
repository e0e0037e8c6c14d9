// The host's own store, with faults that a test switches on.
using BankEzy.Sessions.EventStore;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Support;

internal sealed class FaultyStore(IEventStore inner) : IEventStore, IDisposable
{
    public bool IsShared { get; init; } = inner.IsShared;

    /// <summary>Happens before every read of a stream.</summary>
    public Action? BeforeReadStream { get; set; }

    /// <summary>Takes the place of an append; gets the real store.</summary>
    public Func<IEventStore, Append, ValueTask<AppendOutcome>>? OnAppend { get; set; }

    /// <summary>Thrown by every read of this stream, as a store does with a damaged one.</summary>
    public string? Damaged { get; set; }

    /// <summary>What a read returns instead of a stored event; null leaves it out. As if the log's bytes had been changed.</summary>
    public Func<StoredEvent, StoredEvent?>? Changed { get; set; }

    /// <summary>What a read of a stream waits for before it goes to the real store.</summary>
    public Func<string, Task>? BeforeRead { get; set; }

    /// <summary>Whether nothing can be read, and the health check fails.</summary>
    public bool IsDown { get; set; }

    /// <summary>Puts itself before the store that the host registered.</summary>
    public static void Wrap(IServiceCollection services)
    {
        var real = services.Single(service => service.ServiceType == typeof(IEventStore));
        services.Remove(real);
        services.AddSingleton(provider => new FaultyStore((IEventStore)real.ImplementationFactory!(provider)));
        services.AddSingleton<IEventStore>(provider => provider.GetRequiredService<FaultyStore>());
    }

    /// <summary>Keeps an append from the store until the test lets it go on; a second one fails.</summary>
    /// <returns>Ends when the append is here, and what lets it go on.</returns>
    public (Task Reached, TaskCompletionSource GoOn) HoldAppend()
    {
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        OnAppend = async (store, append) =>
        {
            reached.SetResult();
            await goOn.Task;
            return await store.Append(append);
        };
        return (reached.Task, goOn);
    }

    /// <summary>Keeps reads of a stream from the store until the test lets them go on.</summary>
    /// <returns>Ends when the first one is here, and what lets them go on.</returns>
    public (Task Reached, TaskCompletionSource GoOn) HoldReads(string stream)
    {
        var (reached, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        BeforeRead = read =>
        {
            if (read != stream)
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return goOn.Task;
        };
        return (reached.Task, goOn);
    }

    public ValueTask<AppendOutcome> Append(Append append) => OnAppend is { } instead ? instead(inner, append) : inner.Append(append);

    public ValueTask<bool> HasCommands(string stream, IReadOnlyList<CommandId> commands, CancellationToken cancellation)
    {
        FailIf(IsDown || stream == Damaged);
        return inner.HasCommands(stream, commands, cancellation);
    }

    public ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation) =>
        inner.GetOrAddProperty(name, value, cancellation);

    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation)
    {
        FailIf(IsDown || stream == Damaged);
        return inner.Load(stream, snapshotShape, cancellation);
    }

    public async ValueTask<IReadOnlyList<StoredEvent>> ReadStream(
        string stream, long afterVersion, int max, CancellationToken cancellation)
    {
        BeforeReadStream?.Invoke();
        FailIf(IsDown || stream == Damaged);
        await (BeforeRead?.Invoke(stream) ?? Task.CompletedTask);
        return AsChanged(await inner.ReadStream(stream, afterVersion, max, cancellation));
    }

    public async ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        AsChanged(await inner.ReadFeed(after, max, cancellation));

    public ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation)
    {
        FailIf(IsDown);
        return inner.FindStreams(key, prefix, max, cancellation);
    }

    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => inner.FindEnd(cancellation);

    public Task NextAppend() => inner.NextAppend();

    /// <summary>What the log's own clock says, where it is to differ from the node's.</summary>
    public DateTimeOffset? Clock { get; set; }

    public LogTime Time => Clock is { } now ? new(now, IsSettled: true) : inner.Time;

    public void CheckTime(DateTimeOffset time) => inner.CheckTime(time);

    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation) => inner.WriteSnapshot(snapshot, cancellation);

    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        inner.ReadDue(now, max, cancellation);

    public ValueTask<IReadOnlyList<DueStream>> ReadWaiting(DueStream? after, int max, CancellationToken cancellation) =>
        inner.ReadWaiting(after, max, cancellation);

    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation) =>
        inner.SetDue(handled, nextDue, cancellation);

    public ValueTask CheckHealth(CancellationToken cancellation)
    {
        FailIf(IsDown);
        return inner.CheckHealth(cancellation);
    }

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private IReadOnlyList<StoredEvent> AsChanged(IReadOnlyList<StoredEvent> page) =>
        Changed is { } changed ? [.. page.Select(changed).OfType<StoredEvent>()] : page;

    private static void FailIf(bool fails)
    {
        if (fails)
        {
            throw new StoreUnavailableException("The test says that the store is down.");
        }
    }
}
