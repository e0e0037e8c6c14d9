// JSON as the family writes it: no escapes beyond what JSON asks for.
using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Http;

internal static class PlainJson
{
    public static readonly JsonSerializerOptions Text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Strict where a lenient reader would let two readers disagree: no duplicates, no comments, no trailing commas, little depth.
    public static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes one JSON object as the answer.</summary>
    public static void Write<TArgument>(
        HttpResponse response, int status, TArgument argument, Action<Utf8JsonWriter, TArgument> members) =>
        Answer.WriteJson(response, status, Line(argument, members));

    /// <summary>One JSON object on one line, in UTF-8.</summary>
    public static ReadOnlySpan<byte> Line<TArgument>(TArgument argument, Action<Utf8JsonWriter, TArgument> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, WriterOptions))
        {
            json.WriteStartObject();
            members(json, argument);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan;
    }
}
