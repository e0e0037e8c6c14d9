// Answers are read leniently: a member that an older or newer service does not have is an empty text.
using System.Text.Json;

namespace BankEzy.Sessions.Cli;

/// <summary>Reads answers for people.</summary>
internal static class JsonReading
{
    /// <summary>A member as text for people; empty where there is none.</summary>
    public static string Text(this JsonElement of, string name) =>
        of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out var value) ? ""
        : value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            _ => value.ToString(),
        };

    /// <summary>A member that is true or false; null where there is none.</summary>
    public static bool? Flag(this JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value)
            && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : null;

    /// <summary>The elements of a list; none where there is no list.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray()
            : [];

    /// <summary>A member that is an object; nothing where there is none.</summary>
    public static JsonElement? Part(this JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value
            : null;
}
