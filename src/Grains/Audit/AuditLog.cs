// The record of what management keys were used for: a stream a day. A node appends what waits as one decision, so a use waits for the
// append before it and for its own; another node's append is a conflict, after which the end is looked for and the append tried again.
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Audit;

/// <summary>Writes the record and reads it.</summary>
/// <param name="store">The log.</param>
internal sealed class AuditLog(IEventStore store) : IAuditLog
{
    private const int WaitingMax = 10_000;
    private const int ConflictsMax = 16; // of other nodes, each of which appends one batch at a time

    private readonly Lock _gate = new();
    private readonly Queue<Waiting> _waiting = new();
    private bool _isWriting;
    private string _stream = "";
    private StreamHead _end;

    private sealed record Waiting(KeyUsed Used, TaskCompletionSource Stored)
    {
        public DateOnly Day => DateOnly.FromDateTime(Used.At.UtcDateTime);
    }

    /// <inheritdoc/>
    public Task Record(KeyUsed used)
    {
        var waiting = new Waiting(used, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            if (_waiting.Count >= WaitingMax)
            {
                throw new StoreUnavailableException($"{WaitingMax} uses of management keys wait to be recorded already.");
            }

            _waiting.Enqueue(waiting);
            if (!_isWriting)
            {
                _isWriting = true;
                _ = WriteAll();
            }
        }

        return waiting.Stored.Task;
    }

    /// <inheritdoc/>
    public ValueTask<AuditRows> Read(AuditQuestion question, Func<KeyUsed, bool> wanted, CancellationToken cancellation) =>
        AuditReader.Read(store, question, wanted, cancellation);

    // Never fails: what happens to a batch is said to those who wait for it.
    private async Task WriteAll()
    {
        await Task.Yield(); // Who came first does not write for all others inside the lock.
        while (TryTake(out var batch))
        {
            try
            {
                await Write(batch);
                batch.ForEach(waiting => waiting.Stored.SetResult());
            }
            catch (Exception e)
            {
                _stream = ""; // Where its end is now, the log says.
                batch.ForEach(waiting => waiting.Stored.SetException(e));
            }
        }
    }

    // Those of one day, as far as one append holds them.
    private bool TryTake(out List<Waiting> batch)
    {
        batch = [];
        lock (_gate)
        {
            while (batch.Count < Append.EventsMax && _waiting.TryPeek(out var next) && (batch.Count == 0 || next.Day == batch[0].Day))
            {
                batch.Add(_waiting.Dequeue());
            }

            _isWriting = batch.Count > 0;
            return _isWriting;
        }
    }

    private async Task Write(List<Waiting> batch)
    {
        var stream = AuditPosition.StreamOf(batch[0].Day);
        if (stream != _stream)
        {
            _end = await StreamEnd.Find(store, stream, known: default, CancellationToken.None);
            _stream = stream;
        }

        var command = new CommandId(new Guid(RandomNumberGenerator.GetBytes(16)));
        for (var conflicts = 0; conflicts < ConflictsMax; conflicts++)
        {
            var append = _end.Next<Waiting>(
                stream, command, batch[0].Used.At, CollectionsMarshal.AsSpan(batch),
                static waiting => (KeyUsedCodec.Name, KeyUsedCodec.Encode(waiting.Used)));
            var outcome = await store.Append(append);
            if (outcome == AppendOutcome.Appended
                || (outcome == AppendOutcome.Unknown && await store.IsStored(append, CancellationToken.None)))
            {
                _end = append.HeadAfter();
                return;
            }

            _end = await StreamEnd.Find(store, stream, _end, CancellationToken.None);
            if (outcome == AppendOutcome.AlreadyAppended)
            {
                return; // by a try of this batch whose outcome was not known
            }
        }

        throw new StoreUnavailableException("Other nodes record uses of management keys faster than this one can. Try again.");
    }
}
