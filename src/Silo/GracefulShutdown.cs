// Between "I am going" and the end of the listeners: time for load balancers to look elsewhere, and for clients to learn of it.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo;

/// <summary>
/// When the host stops, the node first refuses what is new with 503 and <c>Connection: close</c> for a while, and only then closes its
/// ports. Closed at once, a connection that a client keeps open could end under a request that is on its way.
/// </summary>
/// <param name="settings">How long.</param>
/// <param name="node">The node's state.</param>
/// <param name="time">The clock.</param>
internal sealed class GracefulShutdown(Settings settings, NodeState node, TimeProvider time) : IHostedLifecycleService
{
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        node.Stop();
        await Task.Delay(settings.DrainGrace, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
