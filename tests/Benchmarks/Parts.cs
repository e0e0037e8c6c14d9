namespace BankEzy.Sessions.Benchmarks;

internal sealed record Part(string Name, double Microseconds, double Bytes);

internal static class Parts
{
    public static Task<IReadOnlyList<Part>> Measure(Options options) => Task.FromResult<IReadOnlyList<Part>>([]);
}
