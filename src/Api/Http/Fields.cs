// Members of a JSON body on the management listener, where an error names the member and what it should be.
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Http;

/// <summary>A member is missing or is not what it should be.</summary>
internal sealed class FieldException(string message) : Exception(message);

/// <summary>Which media types a body may have.</summary>
internal enum BodyType
{
    /// <summary>text/plain, application/json or none.</summary>
    Json,

    /// <summary>Any: the contract's own samples leave it to curl, which says that the body is a form.</summary>
    Any,
}

internal static class Fields
{
    private static readonly Answer NotAnObject = new(400, "The body is not a JSON object in UTF-8, or has a member twice");

    /// <summary>Answers a request whose body is a JSON object; a field that cannot be used is a 400 that says how it should be.</summary>
    /// <param name="http">The request.</param>
    /// <param name="refuse">Answers refusals.</param>
    /// <param name="startedAt">The timestamp at which the request reached the API.</param>
    /// <param name="answer">Answers from the body; throws <see cref="FieldException"/> for a field that it cannot use.</param>
    /// <param name="type">Which media types are taken.</param>
    /// <param name="sizeMax">The most bytes of the body.</param>
    public static async Task Serve(
        HttpContext http, RefusalWriter refuse, long startedAt, Func<JsonElement, ValueTask> answer, BodyType type = BodyType.Json,
        int sizeMax = RequestBody.SizeMax)
    {
        if (type == BodyType.Json && !RequestBody.IsJson(http.Request))
        {
            refuse.With(http, RefusalCode.MediaType, startedAt);
            return;
        }

        using var document = TryParse(await RequestBody.ReadCopy(http.Request, sizeMax));
        if (document is null)
        {
            refuse.With(http, RefusalCode.BodyForm, startedAt, NotAnObject);
            return;
        }

        try
        {
            await answer(document.RootElement);
        }
        catch (FieldException e)
        {
            refuse.With(http, RefusalCode.BodyField, startedAt, new Answer(400, e.Message));
        }
    }

    /// <summary>A body as a strict JSON object, or null.</summary>
    public static JsonDocument? TryParse(ReadOnlyMemory<byte> utf8)
    {
        if (!Utf8.IsValid(utf8.Span))
        {
            return null;
        }

        try
        {
            var document = JsonDocument.Parse(utf8, PlainJson.Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return document;
            }

            document.Dispose();
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // Not JSON, or a name with half a surrogate pair, which the search for duplicates cannot compare.
        }
    }

    public static int Program(JsonElement body) =>
        body.TryGetProperty("program", out var value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var program) && program > 0
            ? program
            : throw new FieldException("program is mandatory: the PROGRAM_ID, a number above 0");

    // 20 digits fit no number type that JSON readers agree on, so text is the rule; a number is read by its digits.
    public static string Account(JsonElement body) =>
        body.TryGetProperty("account", out var value)
        && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
        && (value.ValueKind == JsonValueKind.String ? TextOf(value) : value.GetRawText()) is var text && UserKey.IsAccount(text)
            ? text
            : throw new FieldException("account is mandatory: 1 to 20 digits without leading zeros, as text");

    public static UserId User(JsonElement body, UserKey users) =>
        users.TryCreate(Program(body), Account(body), out var user) ? user : throw new FieldException("program and account name no user");

    /// <summary>The user of a call that takes a reference as well: <c>user</c>, or <c>program</c> and <c>account</c>.</summary>
    public static UserId UserOrReference(JsonElement body, UserKey users)
    {
        if (!body.TryGetProperty("user", out var reference))
        {
            return User(body, users);
        }

        if (body.TryGetProperty("program", out _) || body.TryGetProperty("account", out _))
        {
            throw new FieldException("Name the user by user alone, or by program and account without user");
        }

        return UserId.TryParse(TextOf(reference), out var user)
            ? user
            : throw new FieldException("user must be a user as answers name it: the program, a hyphen and 32 lower-case hex digits");
    }

    public static SessionId Session(JsonElement body, string name) =>
        new(Id(body, name, "the LOGIN_HISTORY_ID, a UUID other than the nil one, such as 0e9b7a54-32c1-4f60-8d7e-aabbccddeeff"));

    /// <summary>A UUID other than the nil one.</summary>
    public static Guid Id(JsonElement body, string name, string what) =>
        body.TryGetProperty(name, out var value) && Guid.TryParseExact(TextOf(value), "D", out var id) && id != Guid.Empty
            ? id
            : throw new FieldException($"{name} is mandatory: {what}");

    public static DeviceId Device(JsonElement body)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(body.TryGetProperty("deviceId", out var value) ? TextOf(value) : "");
        return Logout.LogoutBody.IsDeviceId(utf8)
            ? DeviceId.Of(utf8)
            : throw new FieldException("deviceId is mandatory: 1 to 200 characters without control characters");
    }

    public static Mode SignInMode(JsonElement body) =>
        !body.TryGetProperty("signInMode", out var value) ? throw new FieldException("signInMode is mandatory: 1 (PIN) or 2 (device)")
        : Logout.LogoutBody.ModeOf(value) is var mode and not Mode.Unknown ? mode
        : throw new FieldException("signInMode must be 1 (PIN) or 2 (device)");

    public static DateTimeOffset Time(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && Rfc3339.TryParse(TextOf(value), out var time)
            ? time
            : throw new FieldException($"{name} is mandatory: a time such as 2026-11-22T10:00:00Z (RFC 3339)");

    /// <summary>A time; null where the member is absent.</summary>
    public static DateTimeOffset? OptionalTime(JsonElement body, string name) =>
        body.TryGetProperty(name, out _) ? Time(body, name) : null;

    /// <summary>A device as answers name it; null where the member is absent.</summary>
    public static UInt128? DeviceReference(JsonElement body) =>
        Text(body, "device") is not { } text ? null
        : DeviceId.TryParseHash(text, out var hash) ? hash
        : throw new FieldException("device must be a device as answers name it: 32 lower-case hex digits");

    /// <summary>true or false; false where the member is absent.</summary>
    public static bool Flag(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value)
        && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw new FieldException($"{name} must be true or false"),
        };

    /// <summary>A short text; null where the member is absent or null.</summary>
    public static string? Text(JsonElement body, string name, int max = 64) =>
        !body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : TextOf(value) is { Length: > 0 } text && text.Length <= max && !text.Any(char.IsControl) ? text
        : throw new FieldException($"{name} must be a text of 1 to {max} characters without control characters, or be left out");

    /// <summary>A string's text; empty for anything else, half a surrogate pair included.</summary>
    public static string TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return ""; // The parser takes the escape \ud800 for a string; there is no text that it could stand for.
        }
    }
}
