// The reading connections: as many as read at once, a few of them kept.
using System.Collections.Concurrent;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A pool of reading connections.</summary>
internal sealed class ReaderPool(string path) : IDisposable
{
    private static readonly int Kept = Environment.ProcessorCount * 2;

    private readonly ConcurrentBag<Reader> idle = [];
    private volatile bool closed;

    /// <summary>Reads on the calling thread.</summary>
    public TResult Read<TArguments, TResult>(TArguments arguments, Func<Reader, TArguments, TResult> read)
    {
        ObjectDisposedException.ThrowIf(closed, this);
        Reader? reader = null;
        try
        {
            reader = idle.TryTake(out var kept) ? kept : new Reader(DatabaseFile.OpenReader(path));
            return read(reader, arguments);
        }
        catch (SqliteFailure failure)
        {
            reader?.Dispose();
            reader = null;
            throw failure.Explain(path);
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
