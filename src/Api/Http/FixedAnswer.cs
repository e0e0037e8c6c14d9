namespace BankEzy.Sessions.Api.Http;

/// <summary>A fixed answer: every refusal, and every success that has nothing else to say.</summary>
/// <param name="ResCode">The HTTP status.</param>
/// <param name="ResDesc">SUCCESS, or a fixed text that says what is wrong.</param>
public sealed record FixedAnswer(int ResCode, string ResDesc);
