// Stands between the socket and the server's parser: what a client sends is let through while its connection has a slot, and held back
// while it waits for one. A request that waits is bytes in a buffer: it is not parsed, no header of it is a string, and the garbage
// collector has nothing to keep for it.
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace BankEzy.Sessions.Api.Admission;

/// <summary>
/// The reader by which the server gets the bytes of one connection of the public listener. The connection takes a slot when bytes come and
/// releases it at the end of a request, or when it has to wait for more bytes: a slow sender keeps nobody out. The server reads one
/// connection one step after the other, so nothing here is locked.
/// </summary>
/// <param name="client">Where the client's bytes come from.</param>
/// <param name="slots">The slots of the listener.</param>
public sealed class SlotGatedPipeReader(PipeReader client, RequestSlots slots) : PipeReader
{
    private bool _hasSlot;
    private SequencePosition _examined;

    /// <summary>Whether the bytes that came last were let through because no slot came free for them within
    /// <see cref="RequestSlots.WaitMax"/>: their request is to be refused.</summary>
    public bool IsLate { get; private set; }

    /// <summary>Releases the slot, if the connection has one.</summary>
    public void Release()
    {
        if (_hasSlot)
        {
            _hasSlot = false;
            slots.Release();
        }
    }

    /// <inheritdoc/>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var arriving = client.ReadAsync(cancellationToken);
        if (_hasSlot && arriving.IsCompleted)
        {
            return arriving.IsCompletedSuccessfully ? new(WithoutEnd(arriving.Result)) : arriving;
        }

        Release();
        return ReadIntoSlot(arriving);
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        var isThere = client.TryRead(out result);
        result = isThere ? WithoutEnd(result) : result;
        return isThere;
    }

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    /// <inheritdoc/>
    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _examined = examined;
        client.AdvanceTo(consumed, examined);
    }

    /// <summary>Ends a read that waits for bytes. One that waits for a slot ends by itself; the read after it is cancelled.</summary>
    public override void CancelPendingRead() => client.CancelPendingRead();

    /// <inheritdoc/>
    public override void Complete(Exception? exception = null) => client.Complete(exception);

    // Pooled, because every connection waits here once for every request.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReadIntoSlot(ValueTask<ReadResult> arriving)
    {
        var arrived = await arriving;
        if (!arrived.Buffer.IsEmpty) // else it is the end of the connection, or of the server's time-out: nothing to work on
        {
            _hasSlot = await slots.AcquireAsync();
            IsLate = !_hasSlot;
        }

        return WithoutEnd(arrived);
    }

    // An app may send its whole request and close at once. The server takes a body that comes together with the end of the connection for
    // one that was cut off, so it learns of the end only when it has looked at all that came before.
    private ReadResult WithoutEnd(ReadResult arrived) =>
        arrived.IsCompleted && !arrived.Buffer.IsEmpty && !arrived.Buffer.End.Equals(_examined)
        ? new ReadResult(arrived.Buffer, arrived.IsCanceled, isCompleted: false)
        : arrived;
}
