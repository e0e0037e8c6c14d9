// Gauges of one name belong to one metric for a whole process: when another host of it ends, its gauges end with it, and this one's too.
namespace BankEzy.Sessions.Tests.Monitoring;

/// <summary>Tests that run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone in the process";
}
