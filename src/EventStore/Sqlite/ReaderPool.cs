// The reading connections: as many as read at once, a few of them kept.
using System.Collections.Concurrent;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A pool of reading connections.</summary>
internal sealed class ReaderPool(OwnedFiles files) : IDisposable
{
    private static readonly int Kept = Environment.ProcessorCount * 2;

    private readonly ConcurrentBag<Reader> idle = [];
    private volatile bool closed;

    /// <summary>Reads on the calling thread.</summary>
    public TResult Read<TArguments, TResult>(TArguments arguments, Func<Reader, TArguments, TResult> read)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        files.ThrowIfLost(); // A reader still has the file that is gone: what is there must not make an unknown append an appended one.
        Reader? reader = null;
        try
        {
            reader = idle.TryTake(out var kept) ? kept : Open();
            return read(reader, arguments);
        }
        catch (SqliteFailure failure)
        {
            reader?.Dispose();
            reader = null;
            throw failure.Explain(files.Path);
        }
        finally
        {
            Return(reader);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        closed = true;
        while (idle.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }

    // Another file in the place of ours must not answer. After the opening as well: it may have come in between.
    private Reader Open()
    {
        files.Check();
        var opened = new Reader(DatabaseFile.OpenReader(files.Path));
        try
        {
            files.Check();
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private void Return(Reader? reader)
    {
        if (closed || idle.Count >= Kept)
        {
            reader?.Dispose();
        }
        else if (reader is not null)
        {
            idle.Add(reader);
        }
    }
}
