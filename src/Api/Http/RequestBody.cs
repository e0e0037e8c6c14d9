// The request's body as one piece of memory of at most 16 KiB.
using System.Buffers;
using System.IO.Pipelines;
using BankEzy.Sessions.Api.Admission;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Http;

internal static class RequestBody
{
    public const int SizeMax = 16 * 1024;

    /// <summary>Reads the whole body. <see cref="BadHttpRequestException"/> and <see cref="IOException"/> mean that it did not come
    /// whole.</summary>
    /// <returns>The body, which the caller gives back with <c>AdvanceTo</c>.</returns>
    /// <exception cref="BadHttpRequestException">With status 413, it is larger than <see cref="SizeMax"/>. With status 503, it came
    /// after its head, and no slot came free for it. The request gate answers both.</exception>
    public static async ValueTask<ReadOnlySequence<byte>> Read(HttpRequest request)
    {
        if (request.ContentLength > SizeMax)
        {
            throw TooLarge();
        }

        var reader = request.BodyReader;
        ReadResult result;
        while (true)
        {
            result = await reader.ReadAsync();
            if (result.Buffer.Length > SizeMax)
            {
                reader.AdvanceTo(result.Buffer.End); // The server reads on behind it, and may not find a read still open.
                throw TooLarge();
            }

            if (result.IsCompleted)
            {
                break;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }

        if (request.HttpContext.Origin().Slot is { IsLate: true })
        {
            reader.AdvanceTo(result.Buffer.End);
            throw new BadHttpRequestException("No slot came free for the body.", StatusCodes.Status503ServiceUnavailable);
        }

        return result.Buffer;
    }

    /// <summary>Reads the whole body into memory of its own: for what is asked rarely, and for bodies that may be larger.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sizeMax">The most bytes.</param>
    /// <exception cref="BadHttpRequestException">As of <see cref="Read"/>.</exception>
    public static async ValueTask<ReadOnlyMemory<byte>> ReadCopy(HttpRequest request, int sizeMax)
    {
        if (sizeMax == SizeMax)
        {
            var body = await Read(request);
            var copy = body.ToArray();
            request.BodyReader.AdvanceTo(body.End);
            return copy;
        }

        if (request.ContentLength > sizeMax)
        {
            throw TooLarge();
        }

        request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = sizeMax; // the server says 413 beyond it
        var whole = new ArrayBufferWriter<byte>();
        ReadResult result;
        do
        {
            result = await request.BodyReader.ReadAsync();
            foreach (var part in result.Buffer)
            {
                whole.Write(part.Span);
            }

            request.BodyReader.AdvanceTo(result.Buffer.End); // The server's buffer is small: what was read makes room.
        }
        while (!result.IsCompleted);
        return whole.WrittenMemory;
    }

    // As the server itself says it, which has the same limit.
    private static BadHttpRequestException TooLarge() =>
        new("The body is too large.", StatusCodes.Status413PayloadTooLarge);

    /// <summary>JSON whatever the media type says among text/plain, application/json and none: the contract's clients send all
    /// three.</summary>
    public static bool IsJson(HttpRequest request)
    {
        var types = request.Headers.ContentType;
        return HasNoCoding(request) && types.Count switch
        {
            0 => true,
            1 => IsJsonType(types[0]),
            _ => false,
        };
    }

    /// <summary>Whether it is a form (RFC 7662 asks for one).</summary>
    public static bool IsForm(HttpRequest request) => HasNoCoding(request) && request.Headers.ContentType.Count == 1
        && MediaTypeHeaderValue.TryParse(request.Headers.ContentType[0], out var type)
        && type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) && IsUtf8(type);

    private static bool HasNoCoding(HttpRequest request)
    {
        var codings = request.Headers.ContentEncoding;
        return codings.Count == 0 || (codings.Count == 1 && string.Equals(codings[0], "identity", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsJsonType(string? text) => text is null or "" or "text/plain" or "application/json"
        || (MediaTypeHeaderValue.TryParse(text, out var type)
            && (type.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase)
                || type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase))
            && IsUtf8(type));

    private static bool IsUtf8(MediaTypeHeaderValue type) =>
        !type.Charset.HasValue
        || type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)
        || type.Charset.Equals("\"utf-8\"", StringComparison.OrdinalIgnoreCase);
}
