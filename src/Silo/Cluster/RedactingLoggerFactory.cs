// What Orleans logs, without the keys of grains: they hold account numbers, and Orleans names grains wherever it speaks of one.
using System.Text.RegularExpressions;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Passes Orleans' lines on to the service's log.</summary>
/// <param name="own">The service's log.</param>
internal sealed class RedactingLoggerFactory(ILoggerFactory own) : ILoggerFactory
{
    private static readonly Regex Users = new("(user-[0-9]+-)[0-9]+", RegexOptions.NonBacktracking);

    private const int GarbageCollectorAdvice = 100405; // the host's mode is set where the executable is built

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Line(own.CreateLogger(categoryName));

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("Orleans' lines go to the service's log.");

    /// <summary>Leaves the service's log alone.</summary>
    public void Dispose()
    {
    }

    /// <summary>The text with every user's name taken out but the program.</summary>
    public static string WithoutKeys(string text) => Users.Replace(text, "$1…");

    private sealed class Line(ILogger own) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null; // a scope may hold a key as well

        public bool IsEnabled(LogLevel logLevel) => own.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!own.IsEnabled(logLevel) || eventId.Id == GarbageCollectorAdvice)
            {
                return;
            }

            var text = WithoutKeys(formatter(state, exception) + (exception is null ? "" : $" {exception}"));
            own.Log(logLevel, eventId, text, exception: null, static (line, _) => line);
        }
    }
}
