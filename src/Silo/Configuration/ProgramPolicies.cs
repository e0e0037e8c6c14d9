using System.Collections.Frozen;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>The configured programs' limits.</summary>
/// <param name="programs">The programs.</param>
internal sealed class ProgramPolicies(IEnumerable<ProgramSettings> programs) : IProgramPolicies
{
    private readonly FrozenDictionary<int, SessionPolicy> _policies =
        programs.ToFrozenDictionary(program => program.Id, program => program.Policy);

    /// <inheritdoc/>
    public SessionPolicy For(int program) => _policies.GetValueOrDefault(program, SessionPolicy.Default);
}
