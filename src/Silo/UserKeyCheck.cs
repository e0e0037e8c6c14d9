// The log of other users' names must not be opened with another key: every user would seem to be new, and every sign-out forgotten.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo;

/// <summary>Holds the key's fingerprint against the one that the log was begun with, before a port opens.</summary>
/// <param name="store">The log.</param>
/// <param name="key">The configured key.</param>
internal sealed class UserKeyCheck(IEventStore store, UserKey key) : IHostedLifecycleService
{
    private const string Property = "user-key";

    /// <exception cref="SettingsException">The log was begun with another key.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var begunWith = await store.GetOrAddProperty(Property, key.Fingerprint, cancellationToken);
        if (begunWith != key.Fingerprint)
        {
            throw new SettingsException([
                $"Sessions__UserKey is another key (fingerprint {key.Fingerprint}) than the one that this log was begun with "
                + $"({begunWith}): set that one. Users' events are found by it, so it can never be replaced."]);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
