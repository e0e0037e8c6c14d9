// docs/openapi.json as a check of answers: every answer that a test gets from the service is checked against it. A member, a status or
// a media type that the document does not show is a fault, as is one that it shows and that is not there.
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Tests.Repository;

namespace BankEzy.Sessions.Tests.Support;

internal static class ApiContract
{
    public const string File = "docs/openapi.json";

    private static readonly JsonElement Document = JsonDocument.Parse(RepositoryFiles.Read(File)).RootElement;

    /// <summary>Checks an answer.</summary>
    /// <param name="method">The request's method.</param>
    /// <param name="path">The request's path.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="mediaType">The answer's media type; null when it has none.</param>
    /// <param name="body">The answer's body.</param>
    public static void Check(string method, string path, int status, string? mediaType, string body)
    {
        var isServers = mediaType is null && body.Length == 0 && status is 400 or 408 or 413 or 414 or 431 or 505;
        var isPage = path == "/" || path.StartsWith("/demo", StringComparison.Ordinal)
            || path.StartsWith("/console", StringComparison.Ordinal)
            || path.StartsWith("/assets/", StringComparison.Ordinal);
        if (isServers || isPage || path == ApiDocument.Path)
        {
            return; // What is not HTTP never reaches a route, and the document does not describe itself.
        }

        if (status == 404 || status == 405 || method == "OPTIONS" || method == "HEAD")
        {
            return; // No operation.
        }

        var operation = Member(Member(Document.GetProperty("paths"), path), method.ToLowerInvariant());
        var response = Member(operation.GetProperty("responses"), status.ToString(CultureInfo.InvariantCulture));
        if (status == 204)
        {
            Assert.Empty(body);
            return;
        }

        var type = mediaType?.Split(';')[0] ?? "none";
        var schema = Member(response.GetProperty("content"), type).GetProperty("schema");
        if (type == "application/json")
        {
            Check(schema, body, $"{method} {path} {status}");
        }
    }

    /// <summary>Checks the data of an event of a stream.</summary>
    public static void CheckEvent(string name, string data) => Check(SchemaOf(name switch
    {
        "device-signed-out" => "DeviceSignedOutNotice",
        "session-ended" => "SessionEndedNotice",
        "expired" => "TokenExpiredNotice",
        _ when data.Contains("\"words\":", StringComparison.Ordinal) => "TimelineEvent",
        "wakes-owed.v1" => "WakesData",
        _ => "FeedData",
    }), data, name);

    /// <summary>A schema by its name.</summary>
    public static JsonElement SchemaOf(string name) => Member(Document.GetProperty("components").GetProperty("schemas"), name);

    /// <summary>Checks JSON against a schema of the document.</summary>
    public static void Check(JsonElement schema, string json, string where) => Check(schema, JsonDocument.Parse(json).RootElement, where);

    private static void Check(JsonElement schema, JsonElement value, string where)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            Check(SchemaOf(reference.GetString()!.Split('/')[^1]), value, where);
            return;
        }

        foreach (var keyword in schema.EnumerateObject())
        {
            CheckKeyword(schema, keyword, value, where);
        }
    }

    private static void CheckKeyword(JsonElement schema, JsonProperty keyword, JsonElement value, string where)
    {
        switch (keyword.Name)
        {
            case "type":
                Assert.True(IsOfType(value, keyword.Value.GetString()!), $"{where} is not of type {keyword.Value}: {value}");
                break;
            case "required":
                Assert.All(keyword.Value.EnumerateArray(), name => Member(value, name.GetString()!));
                break;
            case "properties":
                Assert.All(value.EnumerateObject(), member =>
                    Check(Member(keyword.Value, member.Name), member.Value, $"{where}.{member.Name}"));
                break;
            case "items":
                Assert.All(value.EnumerateArray(), item => Check(keyword.Value, item, $"{where}[]"));
                break;
            case "enum":
                Assert.Contains(value.GetRawText(), keyword.Value.EnumerateArray().Select(allowed => allowed.GetRawText()));
                break;
            case "format":
                Assert.True(HasFormat(value, keyword.Value.GetString()!), $"{where} has not the format {keyword.Value}: {value}");
                break;
            case "oneOf": // a schema, or null, which is never written
                Check(keyword.Value.EnumerateArray().Single(one => one.TryGetProperty("$ref", out _)), value, where);
                break;
            case "description" or "example":
                break;
            default:
                Assert.Fail($"{keyword.Name} in {schema} is not checked: teach it to {nameof(ApiContract)}.");
                break;
        }
    }

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new InvalidOperationException($"The type {type} is not known."),
    };

    private static bool HasFormat(JsonElement value, string format) => format switch
    {
        "int32" => value.TryGetInt32(out _),
        "int64" => value.TryGetInt64(out _),
        "double" => value.TryGetDouble(out _),
        "uuid" => Guid.TryParseExact(value.GetString(), "D", out _),
        "date-time" => Regex.IsMatch(
            value.GetString()!, @"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$", RegexOptions.None, TimeSpan.FromSeconds(1)),
        _ => throw new InvalidOperationException($"The format {format} is not known."),
    };

    private static JsonElement Member(JsonElement of, string name)
    {
        Assert.True(of.TryGetProperty(name, out var member), $"{name} is not a member of {of}.");
        return member;
    }
}
