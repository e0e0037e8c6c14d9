// A connection stands between the socket and the server's parser: what its client sends is let through while the connection has a
// place, and held back while it waits for one. A request that waits is bytes in a buffer: it is not parsed, no header of it is a
// string, and the garbage collector has nothing to keep for it.
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;

namespace BankEzy.Sessions.Api.Admission;

/// <summary>
/// The place of one connection of the public listener, and the reader by which the server gets the client's bytes. The connection
/// takes a place when bytes come and gives it back at the end of a request, or when it has to wait for more bytes: who sends slowly
/// keeps nobody out. The server reads one connection one step after the other, so nothing here is locked.
/// </summary>
public sealed class SlotGatedPipeReader : PipeReader, IValueTaskSource<ReadResult>
{
#pragma warning disable CA2012, VSTHRD002 // what is awaited by hand here is asked for its result once, when it is there
    private readonly PipeReader _client;
    private readonly RequestSlots _places;
    private readonly Action _whenArrived;
    private readonly Action _whenEntered;
    private ManualResetValueTaskSourceCore<ReadResult> _read;
    private ValueTaskAwaiter<ReadResult> _arriving;
    private ValueTaskAwaiter<bool> _entering;
    private ReadResult _arrived;
    private bool _isTaken;

    /// <summary>Creates it for a connection that has no place yet.</summary>
    /// <param name="client">Where the client's bytes come from.</param>
    /// <param name="places">The places of the listener.</param>
    public SlotGatedPipeReader(PipeReader client, RequestSlots places)
    {
        (_client, _places, _whenArrived, _whenEntered) = (client, places, Arrived, Entered);
    }

    /// <summary>Whether the bytes that came last were let through because there was no place for them within
    /// <see cref="RequestSlots.WaitMax"/>: their request is to be refused.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Gives the place back, if the connection has one.</summary>
    public void Leave()
    {
        if (_isTaken)
        {
            _isTaken = false;
            _places.Leave();
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var arriving = _client.ReadAsync(cancellationToken);
        if (_isTaken && arriving.IsCompleted)
        {
            return arriving;
        }

        Leave();
        _read.Reset();
        _arriving = arriving.GetAwaiter();
        if (_arriving.IsCompleted)
        {
            Arrived();
        }
        else
        {
            _arriving.UnsafeOnCompleted(_whenArrived);
        }

        return new ValueTask<ReadResult>(this, _read.Version);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result) => _client.TryRead(out result);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => _client.AdvanceTo(consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _client.AdvanceTo(consumed, examined);

    /// <summary>Ends a read that waits for bytes. One that waits for a place ends by itself; the read after it is cancelled.</summary>
    public override void CancelPendingRead() => _client.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => _client.Complete(exception);

    private void Arrived()
    {
        try
        {
            _arrived = _arriving.GetResult();
        }
        catch (Exception e)
        {
            _read.SetException(e); // not swallowed: it is what the server gets
            return;
        }

        if (_arrived.Buffer.IsEmpty)
        {
            _read.SetResult(_arrived); // the end of the connection, or of the server's patience: there is nothing to work on
            return;
        }

        _entering = _places.Enter().GetAwaiter();
        if (_entering.IsCompleted)
        {
            Entered();
        }
        else
        {
            _entering.UnsafeOnCompleted(_whenEntered);
        }
    }

    private void Entered()
    {
        _isTaken = _entering.GetResult();
        IsLate = !_isTaken;
        _read.SetResult(_arrived);
    }

    ReadResult IValueTaskSource<ReadResult>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<ReadResult>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<ReadResult>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);
}
