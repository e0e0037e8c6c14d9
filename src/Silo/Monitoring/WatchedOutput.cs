// Standard output as the log writes to it. Where a pipe's reader stands still, a write waits, and the lines behind it are dropped once the
// queue is full (SessionsHost): then the log cannot say so, but the metrics can.
using System.Text;

namespace BankEzy.Sessions.Silo.Monitoring;

/// <summary>A writer that knows for how long its current write has waited.</summary>
/// <param name="inner">Where the text goes.</param>
internal sealed class WatchedOutput(TextWriter inner) : TextWriter
{
    private static long _waitsSince;

    /// <summary>For how long the write that is under way has waited; zero while none is.</summary>
    public static TimeSpan WaitsFor => Volatile.Read(ref _waitsSince) is not 0 and var since
        ? TimeProvider.System.GetElapsedTime(since)
        : TimeSpan.Zero;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Watch(value, static (inner, value) => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Watch(value, static (inner, value) => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) =>
        Watch((buffer, index, count), static (inner, part) => inner.Write(part.buffer, part.index, part.count));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Watch(value, static (inner, value) => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    private void Watch<T>(T what, Action<TextWriter, T> write)
    {
        Volatile.Write(ref _waitsSince, TimeProvider.System.GetTimestamp());
        try
        {
            write(inner, what);
        }
        finally
        {
            Volatile.Write(ref _waitsSince, 0);
        }
    }
}
