// PostgreSQL's text cannot hold U+0000.
namespace BankEzy.Sessions.EventStore;

/// <summary>Names as PostgreSQL has them: as they are, but a backslash is <c>\\</c> and U+0000 is <c>\0</c>.</summary>
internal static class StoredText
{
    /// <summary>The stored form.</summary>
    public static string Write(string text) => text.AsSpan().ContainsAny('\0', '\\')
        ? text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\0", "\\0", StringComparison.Ordinal)
        : text;

    /// <summary>The text of a stored form.</summary>
    public static string Read(string stored)
    {
        if (!stored.Contains('\\', StringComparison.Ordinal))
        {
            return stored;
        }

        var text = new System.Text.StringBuilder(stored.Length);
        for (var at = 0; at < stored.Length; at++)
        {
            var escaped = stored[at] == '\\' && ++at < stored.Length;
            text.Append(!escaped ? stored[at..Math.Min(at + 1, stored.Length)] : stored[at] == '0' ? "\0" : "\\");
        }

        return text.ToString();
    }
}
