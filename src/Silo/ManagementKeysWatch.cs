// Looks at the file of management keys every few seconds: Kubernetes replaces a mounted secret by moving a link, which the system's own
// notices of changed files miss on some file systems.
using System.Security.Cryptography;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo;

/// <summary>Takes new management keys while the service runs. Content that cannot be used changes nothing.</summary>
/// <param name="settings">The settings of the start.</param>
/// <param name="keys">The keys that hold.</param>
/// <param name="time">When it looks.</param>
/// <param name="logger">Where it says what it did; never with a key or a name.</param>
internal sealed partial class ManagementKeysWatch(
    Settings settings, ManagementKeys keys, TimeProvider time, ILogger<ManagementKeysWatch> logger) : BackgroundService
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    private string? _seen;

    /// <summary>Looks once.</summary>
    public void Look()
    {
        var content = ManagementKeysFile.TryRead(settings.ManagementKeysFile!); // Once: what is compared is what is used.
        var digest = content is null ? "unreadable" : Convert.ToHexString(SHA256.HashData(content));
        if (digest == _seen)
        {
            return;
        }

        _seen = digest;
        try
        {
            var (added, withdrawn) = keys.Replace([.. ManagementKeyRules.ReadAgain(settings, content).Select(key => key.ToKey())]);
            if (added + withdrawn > 0)
            {
                LogChanged(logger, added, withdrawn);
            }
        }
        catch (SettingsException e)
        {
            LogRefused(logger, string.Join(" ", e.Faults));
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.ManagementKeysFile is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(Period, time);
        do
        {
            Look();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(1011, LogLevel.Information, "evt=keys.changed added={Added} withdrawn={Withdrawn}: management keys were read again.")]
    private static partial void LogChanged(ILogger logger, int added, int withdrawn);

    [LoggerMessage(1012, LogLevel.Error,
        "evt=keys.refused: the new management keys cannot be used, and the old ones still hold. {Faults}")]
    private static partial void LogRefused(ILogger logger, string faults);
}
