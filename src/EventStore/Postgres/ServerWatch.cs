// Looks at the server every few seconds, beside the appends: what was true of it when the node connected need not stay true.
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>What a look at the server found.</summary>
/// <param name="Fault">Why an acknowledged append could be lost now; null where it could not.</param>
/// <param name="Time">The server's clock.</param>
/// <param name="OldestAppend">The append that is open and holds the feed up: its server process, and what it says of its age.</param>
internal readonly record struct ServerState(StoreUnavailableException? Fault, DateTimeOffset Time, (int Pid, long FirstXid)? OldestAppend);

/// <summary>Watches the server's settings, its clock, and appends that hold the feed up.</summary>
internal sealed class ServerWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan HeldTooLong = TimeSpan.FromSeconds(5);

    private readonly PostgresOptions _options;
    private readonly Reader _reader;
    private readonly AppendWriter _writer;
    private readonly ILogger _logger;
    private readonly StoreClock _time;
    private readonly Meter _meter = Telemetry.NewMeter();
    private readonly CancellationTokenSource _stop = new();
    private volatile StoreUnavailableException? _fault;
    private ((int Pid, long FirstXid) Append, long Since)? _held;
    private bool _isReported;
    private double _heldSeconds;

    /// <summary>Starts to look.</summary>
    /// <param name="options">Whose clock is the server's, and whose the node's.</param>
    /// <param name="reader">What asks the server.</param>
    /// <param name="writer">What connects anew when the server cannot be read.</param>
    /// <param name="server">The server, for messages.</param>
    /// <param name="logger">Where it reports.</param>
    public ServerWatch(PostgresOptions options, Reader reader, AppendWriter writer, string server, ILogger logger)
    {
        (_options, _reader, _writer, _logger) = (options, reader, writer, logger);
        var elapsed = ElapsedTime.Of(options.ServerClock ?? TimeProvider.System);
        var (time, isEmpty) = (options.ServerClock?.GetUtcNow() ?? writer.ServerTime, writer.HadNoEvents);
        _time = new StoreClock(elapsed, time, $"that of PostgreSQL at {server}", isSettled: isEmpty);
        _meter.CreateObservableGauge(
            Telemetry.Prefix + "feed.horizon_age", () => Volatile.Read(ref _heldSeconds), "s",
            "How long the feed has waited for one open append.");
        LogTelemetry.ObserveClock(_meter, options.Clock, _time);
        _ = Task.Run(Run);
    }

    /// <summary>Returns when an append of a time may be written now.</summary>
    /// <exception cref="StoreUnavailableException">It may not.</exception>
    public void CheckAppend(DateTimeOffset at)
    {
        ThrowIfWeakened();
        CheckTime(at);
    }

    /// <summary>The server's clock.</summary>
    public LogTime Time => _time.Time;

    /// <summary>Returns when a time agrees with the server's clock.</summary>
    /// <exception cref="ClockException">It does not.</exception>
    public void CheckTime(DateTimeOffset time)
    {
        ObserveGiven();
        _time.Check(time, "The time of a request, which is that of the node that received it,");
    }

    /// <summary>Returns when the server's settings are right and this node's clock agrees with the server's.</summary>
    /// <exception cref="StoreUnavailableException">They are not, or it does not.</exception>
    public void CheckHealth()
    {
        ThrowIfWeakened();
        ObserveGiven();
        _time.Check(_options.Clock.GetUtcNow(), "This node's clock");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
        _meter.Dispose();
    }

    private void ThrowIfWeakened()
    {
        if (_fault is { } fault)
        {
            throw new StoreUnavailableException(fault.Message, fault);
        }
    }

    private void ObserveGiven()
    {
        if (_options.ServerClock is { } given)
        {
            _time.Observe(given.GetUtcNow());
        }
    }

    private async Task Run()
    {
        var token = _stop.Token;
        while (!token.IsCancellationRequested)
        {
            await Task.Delay(Pause, TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                Note(await _reader.ReadState(token));
            }
            catch (StoreUnavailableException failure)
            {
                Log.CannotLook(_logger, failure);
                await TryConnection();
            }
            catch (Exception) when (token.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // The connection that appends may be to a server that is gone, and notices it at its next append only.
    private async Task TryConnection()
    {
        try
        {
            await _writer.Enqueue(null);
        }
        catch (StoreUnavailableException)
        {
            // It has said so in the log.
        }
    }

    private void Note(ServerState state)
    {
        if (_options.ServerClock is null)
        {
            _time.Observe(state.Time);
        }

        if (state.Fault is { } fault && _fault is null)
        {
            Log.Weakened(_logger, fault);
        }
        else if (state.Fault is null && _fault is not null)
        {
            Log.Strengthened(_logger);
        }

        _fault = state.Fault;
        NoteHeld(state.OldestAppend);
    }

    private void NoteHeld((int Pid, long FirstXid)? oldest)
    {
        if (oldest is not { } append || _held?.Append != append)
        {
            (_held, _isReported) = (oldest is { } found ? (found, TimeProvider.System.GetTimestamp()) : null, false);
        }

        var held = _held is { } known ? TimeProvider.System.GetElapsedTime(known.Since) : TimeSpan.Zero;
        Volatile.Write(ref _heldSeconds, held.TotalSeconds);
        if (held >= HeldTooLong && !_isReported)
        {
            _isReported = true;
            Log.FeedHeld(_logger, _held!.Value.Append.Pid, Math.Round(held.TotalSeconds));
        }
    }
}
