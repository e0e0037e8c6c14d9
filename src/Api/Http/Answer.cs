// What the service says over HTTP: fixed bodies, made once.
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Http;

/// <summary>A fixed answer: <c>{"resCode":…,"resDesc":"…"}</c>.</summary>
public sealed class Answer
{
    private const string JsonType = "application/json; charset=utf-8";

    /// <summary>The contract's 200.</summary>
    public static readonly Answer Success = new(200, "SUCCESS");

    /// <summary>Everything about credentials or their binding: one answer, so that nobody learns which part was wrong.</summary>
    public static readonly Answer Unauthorized = new(401, "Unauthorized");

    /// <summary>No such path on this listener.</summary>
    public static readonly Answer NotFound = new(404, "Not found");

    /// <summary>The path exists, the method does not.</summary>
    public static readonly Answer MethodNotAllowed = new(405, "Method not allowed");

    /// <summary>The request came too slowly.</summary>
    public static readonly Answer Timeout = new(408, "Request timeout");

    /// <summary>The body is larger than 16 KiB.</summary>
    public static readonly Answer TooLarge = new(413, "Request body is too large");

    /// <summary>A media type or content coding that is not accepted where JSON is.</summary>
    public static readonly Answer UnsupportedMediaType =
        new(415, "Unsupported media type: send application/json or text/plain, in UTF-8 and without a content coding");

    /// <summary>A media type or content coding that is not accepted where a form is.</summary>
    public static readonly Answer UnsupportedFormType =
        new(415, "Unsupported media type: send application/x-www-form-urlencoded, in UTF-8 and without a content coding");

    /// <summary>Too many forged tokens or wrong keys from one network, or too many streams of one user.</summary>
    public static readonly Answer TooMany = new(429, "Too many requests, Please retry later");

    /// <summary>A fault of ours; the contract's text (ONB004).</summary>
    public static readonly Answer Unavailable = new(503, "Request could not be processed at this time, Please retry again");

    /// <summary>A request that HTTP itself does not allow.</summary>
    public static readonly Answer BadRequest = new(400, "Bad request");

    private readonly byte[] _body;

    /// <summary>Makes a fixed answer.</summary>
    /// <param name="status">The HTTP status, which is <c>resCode</c> as well.</param>
    /// <param name="text"><c>resDesc</c>.</param>
    public Answer(int status, string text)
    {
        Status = status;
        Text = text;
        _body = PlainJson.Line(new FixedAnswer(status, text), ApiJson.Plain.FixedAnswer);
    }

    /// <summary>Makes an answer of which the body is more than the two members.</summary>
    internal Answer(int status, byte[] body)
    {
        (Status, Text, _body) = (status, "", body);
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The text of <c>resDesc</c>.</summary>
    public string Text { get; }

    /// <summary>Writes the answer. The server flushes it when the request ends.</summary>
    public void Write(HttpResponse response)
    {
        if (Status is 429 or 503 && !response.Headers.ContainsKey(HeaderNames.RetryAfter))
        {
            response.Headers.RetryAfter = "1";
        }

        WriteJson(response, Status, _body);
    }

    /// <summary>Writes a JSON body with the headers that every answer has.</summary>
    public static void WriteJson(HttpResponse response, int status, ReadOnlySpan<byte> body)
    {
        response.StatusCode = status;
        response.ContentType = JsonType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            var writer = response.BodyWriter;
            body.CopyTo(writer.GetSpan(body.Length));
            writer.Advance(body.Length);
        }
    }
}
