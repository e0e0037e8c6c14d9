// The reading connections: as many as read at once, a few of them kept.
using System.Collections.Concurrent;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>A pool of reading connections.</summary>
internal sealed class SqliteReaders(string path) : IDisposable
{
    private static readonly int Kept = Environment.ProcessorCount * 2;

    private readonly ConcurrentBag<SqliteReader> idle = [];
    private volatile bool closed;

    /// <summary>Reads on the calling thread.</summary>
    public TResult Read<TArguments, TResult>(TArguments arguments, Func<SqliteReader, TArguments, TResult> read)
    {
        SqliteReader? reader = null;
        try
        {
            ObjectDisposedException.ThrowIf(closed, this);
            reader = idle.TryTake(out var kept) ? kept : new SqliteReader(SqliteFile.OpenReader(path));
            var result = read(reader, arguments);
            Return(reader);
            return result;
        }
        catch (SqliteFailure failure)
        {
            reader?.Dispose();
            throw failure.Explain(path);
        }
        catch
        {
            reader?.Dispose();
            throw;
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

    private void Return(SqliteReader reader)
    {
        if (closed || idle.Count >= Kept)
        {
            reader.Dispose();
        }
        else
        {
            idle.Add(reader);
        }
    }
}
