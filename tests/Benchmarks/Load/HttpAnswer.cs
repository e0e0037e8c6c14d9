// As much of HTTP/1.1 answers as the sender needs: where one ends, and its status.
using System.Buffers.Text;
using System.Text;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>What each answer must begin with: its status line and its body.</summary>
internal sealed record ExpectedAnswer(int Status, string Body)
{
    /// <summary>The fixed answer of a logout.</summary>
    public static readonly ExpectedAnswer Success = new(200, """{"resCode":200,"resDesc":"SUCCESS"}""");

    /// <summary>An introspection's answer about a session that is alive.</summary>
    public static readonly ExpectedAnswer Active = new(200, """{"active":true,""");

    /// <summary>The answer to a search that found somebody.</summary>
    public static readonly ExpectedAnswer Found = new(200, """{"users":[{"user":""");

    /// <summary>A user's page, or a page of the events.</summary>
    public static readonly ExpectedAnswer Shown = new(200, """{"user":""");

    /// <summary>The answer to the report of a sign-in.</summary>
    public static readonly ExpectedAnswer Recorded = new(201, """{"sessionId":""");

    public byte[] StatusLine { get; } = Encoding.ASCII.GetBytes($"HTTP/1.1 {Status} ");

    public byte[] BodyStart { get; } = Encoding.ASCII.GetBytes(Body);

    /// <summary>Throws unless a complete answer is this one.</summary>
    public void Check(ReadOnlySpan<byte> answer, int body)
    {
        var start = body;
        if (answer[..body].IndexOf("chunked"u8) >= 0)
        {
            start += answer[body..].IndexOf("\r\n"u8) + 2; // behind the length of the first chunk
        }

        if (!answer.StartsWith(StatusLine) || !answer[start..].StartsWith(BodyStart))
        {
            throw new BenchmarkException($"Expected {Status} {Body}, and got:\n{Encoding.UTF8.GetString(answer)}");
        }
    }
}

internal static class HttpAnswer
{
    /// <summary>Where the body begins; 0 while the answer is not complete.</summary>
    public static int BodyOf(ReadOnlySpan<byte> answer)
    {
        var body = answer.IndexOf("\r\n\r\n"u8) + 4;
        if (body < 4)
        {
            return 0;
        }

        var head = answer[..body];
        var isComplete = ContentLength(head) is { } length
            ? answer.Length >= body + length
            : answer.EndsWith("0\r\n\r\n"u8) || IsEmptyByItself(head);
        return isComplete ? body : 0;
    }

    public static int StatusOf(ReadOnlySpan<byte> answer) =>
        answer.Length > 12 && Utf8Parser.TryParse(answer.Slice(9, 3), out int status, out _) ? status : 0;

    private static bool IsEmptyByItself(ReadOnlySpan<byte> head) => StatusOf(head) is 204 or 304;

    // Kestrel and node spell it differently.
    private static int? ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("ontent-Length: "u8);
        at = at >= 0 ? at : head.IndexOf("ontent-length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + 15)..], out int length, out _) ? length : null;
    }
}
