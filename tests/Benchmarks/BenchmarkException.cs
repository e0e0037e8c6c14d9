namespace BankEzy.Sessions.Benchmarks;

/// <summary>The run is worth nothing: an answer was not the expected one, or an event is not in the log.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
