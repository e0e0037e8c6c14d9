// What ends a silo from inside. The others have declared it dead while it stood still, or something in Orleans is broken: either way it
// must end at once, and an operator needs one line and a service manager an exit code.

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Ends the process at once.</summary>
/// <param name="log">Where the line goes; it is closed so that the line is written.</param>
internal sealed partial class FatalErrors(ILoggerFactory log) : IFatalErrorHandler
{
    /// <summary>The exit code: started again, the silo is another one and serves.</summary>
    public const int ExitCode = 70;

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => true;

    /// <inheritdoc/>
    public void OnFatalException(object? sender = null, string? context = null, Exception? exception = null)
    {
        LogEnds(log.CreateLogger<FatalErrors>(), OneLine(context ?? exception?.Message ?? "no reason is known"));
        log.Dispose();
#pragma warning disable RS0030 // Not by way of Program: what still runs here would go on answering meanwhile.
        Environment.Exit(ExitCode);
#pragma warning restore RS0030
    }

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [LoggerMessage(1008, LogLevel.Critical,
        "This silo ends: {Reason} The others have most likely declared it dead while it stood still. What was acknowledged is in the log; "
        + "start the silo again.")]
    private static partial void LogEnds(ILogger logger, string reason);
}
