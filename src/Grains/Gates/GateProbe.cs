namespace BankEzy.Sessions.Gates;

/// <summary>Answers for the silo on which it is.</summary>
/// <param name="gates">The gates of this silo.</param>
/// <param name="silo">This silo.</param>
internal sealed class GateProbe(ProgramGates gates, ILocalSiloDetails silo) : Grain, IGateProbe
{
    /// <inheritdoc/>
    public async ValueTask<SiloGate> Confirm(int program)
    {
        var state = await gates.Of(program).Current();
        DeactivateOnIdle(); // The next one who asks has a hint of its own.
        return new SiloGate(silo.SiloAddress.ToParsableString(), state.Version);
    }
}
