// A logout as bytes: a right one, of which a test changes what it is about.
using System.Text;

namespace BankEzy.Sessions.Tests.Support;

/// <summary>A request; its header values are Latin-1, so that any byte can be put there.</summary>
public sealed record RawLogout(string RequestLine, IReadOnlyList<string> Headers, byte[] Body)
{
    public const string Path = "/onboarding/user/logout/v1";

    /// <summary>Whether Content-Length is to be added.</summary>
    public bool SaysLength { get; init; } = true;

    /// <summary>What ends a line of the head.</summary>
    public string LineEnd { get; init; } = "\r\n";

    public static RawLogout Of(Visitor visitor) => new(
        $"POST {Path} HTTP/1.1",
        ["Host: localhost", $"X-API-TOKEN: {visitor.LoginToken}", "X-API-KEY: MOB-APP-2001", "Content-Type: text/plain"],
        Encoding.UTF8.GetBytes(visitor.Body()));

    public RawLogout Line(string requestLine) => this with { RequestLine = requestLine };

    public RawLogout With(params string[] headers) => this with { Headers = [.. Headers, .. headers] };

    public RawLogout Without(string name) =>
        this with { Headers = [.. Headers.Where(header => !header.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))] };

    /// <summary>The header in place of the one with its name.</summary>
    public RawLogout Instead(string header) => Without(header[..header.IndexOf(':', StringComparison.Ordinal)]).With(header);

    public RawLogout Token(string token) => Instead($"X-API-TOKEN: {token}");

    public RawLogout Saying(string body) => this with { Body = Encoding.UTF8.GetBytes(body) };

    public RawLogout Saying(byte[] body) => this with { Body = body };

    /// <summary>The body in chunks, each given as it goes over the wire.</summary>
    public RawLogout Chunked(string wire) =>
        With("Transfer-Encoding: chunked").Saying(Encoding.Latin1.GetBytes(wire)) with { SaysLength = false };

    public byte[] ToBytes()
    {
        IEnumerable<string> headers = SaysLength ? [.. Headers, $"Content-Length: {Body.Length}"] : Headers;
        var head = string.Join(LineEnd, [RequestLine, .. headers, "", ""]);
        return [.. Encoding.Latin1.GetBytes(head), .. Body];
    }
}
