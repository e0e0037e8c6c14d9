// Before an incident: is everything there that it needs? It says so and forbids nothing. A silo that does not answer accepts no session
// by an old gate anyway: docs/decisions/0043-the-gate.md.
using BankEzy.Sessions.Api.Health;
using BankEzy.Sessions.Api.Security;

namespace BankEzy.Sessions.Api.Incidents;

/// <summary>Checks what an incident needs.</summary>
/// <param name="silos">The silos.</param>
/// <param name="checkLog">Whether the log can be read and written.</param>
/// <param name="keys">The management keys.</param>
public sealed class Preflight(IClusterSilos silos, CheckLog checkLog, ManagementKeys keys)
{
    /// <summary>Checks a program.</summary>
    public async Task<PreflightAnswer> Check(int program, CancellationToken cancellation)
    {
        var (standing, log) = (await AskSilos(program, cancellation), await IsLogReady(cancellation));
        var operators = keys.NamesOf(Roles.Operate, program);
        var faults = new List<string>();
        faults.AddRange(standing.Where(silo => silo.Gate is null).Select(silo =>
            $"silo {silo.Silo} gave no answer: it may be starting, stopping or of an older version"));
        if (standing.Count == 0)
        {
            faults.Add("no silo gave an answer");
        }

        if (!log)
        {
            faults.Add("the log cannot be written now: see /health/ready");
        }

        if (operators.Count < 2)
        {
            faults.Add("one key alone has the role operate for this program, so nobody can approve what it plans");
        }

        return new PreflightAnswer(
            faults.Count == 0, [.. standing.Select(silo => new SiloAnswer(silo.Silo, silo.Gate is not null, silo.Gate))], log,
            operators.Count, faults);
    }

    private async Task<IReadOnlyList<SiloStanding>> AskSilos(int program, CancellationToken cancellation)
    {
        try
        {
            return await silos.AskForGate(program, cancellation);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return [];
        }
    }

    private async Task<bool> IsLogReady(CancellationToken cancellation)
    {
        try
        {
            await checkLog(cancellation);
            return true;
        }
        catch (Exception) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }
}
