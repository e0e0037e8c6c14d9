// With the Orleans engine the whole service is measured; its steps are measured with the embedded one.
namespace BankEzy.Sessions.Benchmarks;

internal static class Parts
{
    public static Task<IReadOnlyList<Part>> Measure(Options options)
    {
        _ = options;
        throw new BenchmarkException("The steps are those of the embedded engine: build without -p:Engine=Orleans to measure them.");
    }
}
