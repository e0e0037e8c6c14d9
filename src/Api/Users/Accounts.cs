// Account numbers and push references as those see them who may not see them: of a number the last digits, never more than half of it.
using System.Buffers;
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Whether the caller of a management route may see whole account numbers. Where not, the service masks them in every
/// answer.</summary>
/// <param name="http">The request, which the gate has let in.</param>
public delegate bool MaySeeAccounts(HttpContext http);

/// <summary>Masks account numbers.</summary>
internal static class Accounts
{
    private const int DigitsShownMax = 4;

    /// <summary>What an account number ends with: its last four digits, but never more than half of them.</summary>
    public static string Ending(string account) => account[^Math.Min(DigitsShownMax, account.Length / 2)..];

    /// <summary>The number where an answer has a member for a whole one: four asterisks, and what it ends with.</summary>
    public static string Masked(string account) => "****" + Ending(account);

    /// <summary>The account of a stream's first event, which has it whatever the event's name is; empty where it has none.</summary>
    public static string Of(StoredEvent first)
    {
        using var content = JsonDocument.Parse(first.Json);
        return content.RootElement.TryGetProperty("account", out var account) ? Fields.TextOf(account) : "";
    }

    /// <summary>An event's content with its account masked, and the references by which its devices can be woken: every text of a member
    /// named <c>account</c> or <c>push</c>.</summary>
    public static StoredContent Masked(ReadOnlyMemory<byte> json)
    {
        var masked = new ArrayBufferWriter<byte>(json.Length + 8);
        using var writer = new Utf8JsonWriter(masked, new JsonWriterOptions { Encoder = ApiJson.Plain.Options.Encoder });
        using var document = JsonDocument.Parse(json);
        Write(writer, document.RootElement, mask: null);
        writer.Flush();
        return new StoredContent(masked.WrittenMemory);
    }

    private static void Write(Utf8JsonWriter writer, JsonElement value, Func<string, string>? mask)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in value.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Write(writer, member.Value, member.Name switch
                    {
                        "account" => Masked,
                        "push" => static _ => "****",
                        _ => null,
                    });
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (var item in value.EnumerateArray())
                {
                    Write(writer, item, mask);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String or JsonValueKind.Number when mask is not null:
                writer.WriteStringValue(mask(value.ToString()));
                break;
            default:
                value.WriteTo(writer);
                break;
        }
    }
}
