// How events are stored: each under a name with a version, as strict JSON. A name once written is read forever.
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace BankEzy.Sessions;

/// <summary>The stored forms of one kind of events.</summary>
/// <param name="owner">What has them, as an error's text begins: "The log".</param>
/// <param name="json">Knows the contents.</param>
/// <param name="forms">The names and what they stand for. They are constants of ours: a class may be renamed, a name in the log may
/// not.</param>
internal sealed class EventForms<TEvent>(string owner, JsonSerializerContext json, ImmutableArray<(string Name, Type Type)> forms)
    where TEvent : notnull
{
    private readonly Dictionary<string, JsonTypeInfo> _byName =
        forms.ToDictionary(form => form.Name, form => json.GetTypeInfo(form.Type)!, StringComparer.Ordinal);

    private readonly Dictionary<Type, (string Name, JsonTypeInfo Json)> _byType =
        forms.ToDictionary(form => form.Type, form => (form.Name, json.GetTypeInfo(form.Type)!));

    /// <summary>Every stored name.</summary>
    public ImmutableArray<string> Names { get; } = [.. forms.Select(form => form.Name)];

    /// <summary>The stored name of an event.</summary>
    public string NameOf(TEvent happened) => _byType[happened.GetType()].Name;

    /// <summary>The stored content of an event: JSON in UTF-8, times in UTC with milliseconds.</summary>
    public byte[] Encode(TEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened, _byType[happened.GetType()].Json);

    /// <summary>Reads a stored event.</summary>
    /// <exception cref="InvalidDataException">The name is unknown, or the content is not exactly what the name says.</exception>
    public TEvent Decode(string name, ReadOnlySpan<byte> content)
    {
        if (!_byName.TryGetValue(name, out var form))
        {
            throw new InvalidDataException(
                $"{owner} has an event named '{name}', which this version does not know. "
                + "A newer version wrote it: run that version or a later one.");
        }

        try
        {
            return (TEvent)(JsonSerializer.Deserialize(content, form) ?? throw new JsonException("It is null."));
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            throw new InvalidDataException(
                $"{owner} has a damaged event of the name '{name}'. Keep a copy of the log, find all damage with 'sessions verify', and "
                + "restore the log from a backup.", e);
        }
    }
}
