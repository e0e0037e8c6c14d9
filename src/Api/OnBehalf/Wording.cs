// The bank's own lists: for which reasons somebody may be signed out, and which sentences a person may read. There is no free text: what
// somebody types about a customer could never be taken out of the log.
using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace BankEzy.Sessions.Api.OnBehalf;

/// <summary>The configured reasons and sentences.</summary>
public sealed partial class Wording
{
    /// <summary>The reasons that every service has.</summary>
    public static readonly IReadOnlyList<string> OwnReasons =
    [
        "phone-lost", "phone-stolen", "fraud-suspected", "account-takeover", "customer-asked", "staff-error", "incident", "test",
    ];

    /// <summary>The most further reasons, and the most sentences.</summary>
    public const int Max = 20;

    private readonly FrozenSet<string> _reasons;
    private readonly FrozenDictionary<string, IReadOnlyDictionary<string, string>> _sentences;

    /// <summary>Takes the lists.</summary>
    /// <param name="reasons">The bank's further reasons.</param>
    /// <param name="sentences">Texts by language (<c>en</c>, <c>it</c>), by the sentence's code.</param>
    public Wording(IEnumerable<string> reasons, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> sentences)
    {
        _reasons = OwnReasons.Concat(reasons).ToFrozenSet(StringComparer.Ordinal);
        _sentences = sentences.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>Every reason.</summary>
    public IEnumerable<string> Reasons => _reasons.Order(StringComparer.Ordinal);

    /// <summary>Every sentence's code.</summary>
    public IEnumerable<string> Sentences => _sentences.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether a text is a code: 2 to 32 lower-case letters and hyphens.</summary>
    public static bool IsCode(string text) => Code().IsMatch(text);

    /// <summary>Whether a text refers to a ticket: 1 to 32 upper-case letters, digits and hyphens.</summary>
    public static bool IsTicket(string text) => Ticket().IsMatch(text);

    /// <summary>Whether a reason is on the list.</summary>
    public bool HasReason(string code) => _reasons.Contains(code);

    /// <summary>Whether a sentence is on the list.</summary>
    public bool HasSentence(string code) => _sentences.ContainsKey(code);

    /// <summary>A sentence's text in the first of the reader's languages that it has, else in its first language; null for none, and for a
    /// code that is not configured any more.</summary>
    /// <param name="code">The sentence's code.</param>
    /// <param name="acceptLanguage">The reader's Accept-Language (RFC 9110, section 12.5.4), as it came.</param>
    public string? TextOf(string? code, string? acceptLanguage)
    {
        if (code is null || !_sentences.TryGetValue(code, out var texts))
        {
            return null;
        }

        foreach (var range in (acceptLanguage ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var language = range.Split(';', '-')[0].Trim();
            if (texts.TryGetValue(language, out var text))
            {
                return text;
            }
        }

        return texts.OrderBy(text => text.Key, StringComparer.Ordinal).First().Value;
    }

    [GeneratedRegex("^[a-z-]{2,32}$", RegexOptions.NonBacktracking)]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Z0-9-]{1,32}$", RegexOptions.NonBacktracking)]
    private static partial Regex Ticket();
}
