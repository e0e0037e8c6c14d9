// What a request on a user's behalf says of who asks and why: members of its body, and the key that it came with.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;

namespace BankEzy.Sessions.Api.OnBehalf;

internal static class CauseFields
{
    /// <summary>Who asks, and why.</summary>
    /// <exception cref="FieldException">A member is missing or is not what it should be.</exception>
    public static Cause Read(JsonElement body, ManagementCaller caller, Wording wording)
    {
        var reason = Fields.Text(body, "reason")
            ?? throw new FieldException($"reason is mandatory: one of {string.Join(", ", wording.Reasons)}");
        if (!wording.HasReason(reason))
        {
            throw new FieldException($"reason must be one of {string.Join(", ", wording.Reasons)}");
        }

        var (ticket, sentence) = (Fields.Text(body, "ticket"), Fields.Text(body, "sentence"));
        if (ticket is not null && !Wording.IsTicket(ticket))
        {
            throw new FieldException("ticket must be 1 to 32 of A-Z, 0-9 and -");
        }

        return sentence is null || wording.HasSentence(sentence)
            ? new Cause(CauseKind.Support, Key: caller.Key, Actor: caller.Actor, Reason: reason, Ticket: ticket, Sentence: sentence)
            : throw new FieldException(wording.Sentences.Any()
                ? $"sentence must be one of {string.Join(", ", wording.Sentences)}"
                : "sentence cannot be given: none is configured (Sessions__Sentences__{code}__{language})");
    }

    /// <summary>The id by which a repeat of a request is known.</summary>
    public static Guid Request(JsonElement body) =>
        Fields.Id(body, "requestId", "a UUID of your own; sent again with the same one, the request acts once");

    /// <summary>A time ahead; null where the member is absent or null.</summary>
    public static DateTimeOffset? Until(JsonElement body, string name, DateTimeOffset now) =>
        !body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : Fields.Time(body, name) is var time && time > now ? time
        : throw new FieldException($"{name} must be in the future; leave it out for a lock that ends only by its release");
}
