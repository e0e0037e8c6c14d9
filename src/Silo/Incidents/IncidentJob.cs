// What follows an incident's gate, and what precedes it: the sessions that it would end are counted, and those that it ends get their own
// events. The gate refuses them before that; so this has time, and may be killed and begun again.
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo.Incidents;

/// <summary>Looks for incidents that have something to be done. One silo of the cluster does it.</summary>
/// <param name="gates">The programs' gates.</param>
/// <param name="walk">Goes through the users.</param>
/// <param name="oldest">Knows whether it is this silo.</param>
/// <param name="settings">The programs.</param>
/// <param name="time">The service's clock.</param>
/// <param name="logger">Where a failed round is logged.</param>
internal sealed partial class IncidentJob(
    ProgramGates gates, IncidentWalk walk, OldestSilo oldest, Settings settings, TimeProvider time, ILogger<IncidentJob> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>One round: counts what is to be counted, and ends what is to end.</summary>
    public async Task Round(CancellationToken cancellation)
    {
        foreach (var program in settings.Programs)
        {
            foreach (var incident in (await gates.Of(program.Id).Read()).State.Incidents)
            {
                if (incident.Phase == IncidentPhase.Counting)
                {
                    await walk.Count(program.Id, incident, cancellation);
                }
                else if (incident.Phase == IncidentPhase.Running)
                {
                    await walk.End(program.Id, incident, cancellation);
                }
            }
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        oldest.Repeat(Period, time, Round, failure => LogFailed(logger, failure), stoppingToken);

    [LoggerMessage(1203, LogLevel.Error,
        "A round of the incidents failed; the next one continues where this one was. What a gate has closed on is refused all the same.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
