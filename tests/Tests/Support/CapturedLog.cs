// Every log line of a host under test, with what an exception adds to it.
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Tests.Support;

public sealed record LogLine(LogLevel Level, string Category, string Text);

public sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<LogLine> lines = new();

    public IReadOnlyList<LogLine> Lines => [.. lines];

    /// <summary>The codes of the refusals so far, in order.</summary>
    public IReadOnlyList<string> Codes => [.. Refusals.Select(line => FieldOf(line, "code"))];

    public IReadOnlyList<string> Refusals =>
        [.. lines.Select(line => line.Text).Where(text => text.Contains(".reject ", StringComparison.Ordinal))];

    /// <summary>Lines above information that the service wrote; the server's own warning of a connection that broke is not one, and
    /// neither is Orleans' that a machine is busy.</summary>
    public IReadOnlyList<LogLine> Complaints =>
        [.. lines.Where(line => line.Level > LogLevel.Information && line.Category.StartsWith("BankEzy", StringComparison.Ordinal))];

    /// <summary>The value of <c>name=value</c> in a line.</summary>
    public static string FieldOf(string line, string name) =>
        line.Split(' ').Single(part => part.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(CapturedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.lines.Enqueue(new LogLine(logLevel, category, formatter(state, exception) + (exception is null ? "" : $" {exception}")));
    }
}
