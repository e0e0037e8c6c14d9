namespace BankEzy.Sessions;

/// <summary>What a silo knows of a program's gate.</summary>
/// <param name="Silo">The silo that answers.</param>
/// <param name="Version">The version of the gate by which it decides now.</param>
[GenerateSerializer, Immutable, Alias("silo-gate")]
public readonly record struct SiloGate([property: Id(0)] string Silo, [property: Id(1)] long Version);

/// <summary>Asks one silo whether it knows the gates. The grain's key is the silo's address; a placement hint brings it there.</summary>
[Alias("gate-probe")]
public interface IGateProbe : IGrainWithStringKey
{
    /// <summary>The gate by which this silo decides.</summary>
    /// <param name="program">PROGRAM_ID.</param>
    [Alias("confirm")]
    ValueTask<SiloGate> Confirm(int program);
}
