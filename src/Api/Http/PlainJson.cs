// Writes the records of ApiJson.
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Http;

internal static class PlainJson
{
    // Strict where a lenient reader would let two readers disagree: no duplicates, no comments, no trailing commas, little depth.
    public static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Writes one JSON object as the answer.</summary>
    public static void Write<T>(HttpResponse response, int status, T answer, JsonTypeInfo<T> type) =>
        Answer.WriteJson(response, status, Line(answer, type));

    /// <summary>One JSON object on one line, in UTF-8.</summary>
    public static byte[] Line<T>(T answer, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(answer, type);
}
