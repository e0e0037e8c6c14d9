// Nodes inform each other that the log has grown, so that a notice need not wait for a look. What is sent is no more than that, and traces:
// the log itself says what there is, and a signal that is lost costs a second.
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>The server's LISTEN and NOTIFY, and the signal of this node's own commits.</summary>
internal sealed class AppendNotifications : IDisposable
{
    private const string Named = "bankezy_sessions_appended";

    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    // A node that gets it reads everything there is, so one word for many commits is enough.
    private static readonly TimeSpan BetweenWords = TimeSpan.FromMilliseconds(10);

    private readonly ConnectionSources connections;
    private readonly Reader reader;
    private readonly ILogger logger;
    private readonly string self = RandomNumberGenerator.GetHexString(16);
    private readonly AppendSignal grown = new();
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<(CommandId Command, string Trace)> traces = new();
    private readonly Channel<bool> toTell = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Starts to listen and to tell.</summary>
    public AppendNotifications(ConnectionSources connections, Reader reader, ILogger logger)
    {
        (this.connections, this.reader, this.logger) = (connections, reader, logger);
        _ = Task.Run(Listen);
        _ = Task.Run(Tell);
    }

    /// <summary>Ends when the log has grown, here or on another node.</summary>
    public Task Next => grown.Next;

    /// <summary>Says that this node has committed.</summary>
    /// <param name="batch">What; the traces of recorded appends go along.</param>
    public void Raise(IReadOnlyList<PendingWrite> batch)
    {
        foreach (var write in batch)
        {
            if (write is { Caller.Id: { } trace, Append: { } append } && traces.Count < CommandTraces.RememberedMax)
            {
                traces.Enqueue((append.Command, trace));
            }
        }

        Raise();
    }

    /// <summary>Says that the log may have grown.</summary>
    public void Raise()
    {
        grown.Raise();
        toTell.Writer.TryWrite(true);
    }

    /// <summary>Stops listening and telling.</summary>
    public void Dispose()
    {
        toTell.Writer.TryComplete();
        stop.Cancel();
        stop.Dispose();
    }

    // Not a part of the appending transaction: the server lets such transactions commit one at a time, of all nodes.
    private async Task Tell()
    {
        while (await toTell.Reader.WaitToReadAsync())
        {
            toTell.Reader.TryRead(out _);
            try
            {
                await reader.Notify(Named, AppendWord.Write(self, TakeTraces()));
            }
            catch (StoreUnavailableException)
            {
                // The others find it at their next look, a second later at most.
            }

            await Task.Delay(BetweenWords, TimeProvider.System);
        }
    }

    private async Task Listen()
    {
        var token = stop.Token;
        var isDeaf = false;
        while (!token.IsCancellationRequested)
        {
            try
            {
                await using var connection = await connections.Signals.OpenConnectionAsync(token);
                connection.Notification += (_, word) => Hear(word.Payload);
                await using var command = new NpgsqlCommand($"LISTEN {Named}", connection);
                await command.ExecuteNonQueryAsync(token);
                grown.Raise(); // What was sent while nobody listened is lost.
                isDeaf = false;
                while (true)
                {
                    await connection.WaitAsync(token);
                }
            }
            catch (Exception failure) when (!token.IsCancellationRequested)
            {
                if (!isDeaf)
                {
                    Log.Deaf(logger, ErrorTranslation.Explain(failure, connections.Server)); // Once: it tries every second.
                }

                isDeaf = true;
                await Task.Delay(BetweenTries, TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                return; // The store is closed.
            }
        }
    }

    private List<(CommandId Command, string Trace)> TakeTraces()
    {
        var taken = new List<(CommandId, string)>();
        while (taken.Count < AppendWord.TracesMax && traces.TryDequeue(out var trace))
        {
            taken.Add(trace);
        }

        if (!traces.IsEmpty)
        {
            toTell.Writer.TryWrite(true);
        }

        return taken;
    }

    private void Hear(string word)
    {
        var (mark, heard) = AppendWord.Read(word);
        if (mark == self)
        {
            return;
        }

        if (Telemetry.Activities.HasListeners())
        {
            foreach (var (command, trace) in heard)
            {
                CommandTraces.Remember(command, trace); // before the reader of the feed wakes up
            }
        }

        grown.Raise();
    }
}
