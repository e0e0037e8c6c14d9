// Origins as browsers write them (RFC 6454, section 6.2): compared to the letter, so a spelling that no browser sends is refused at start.
namespace BankEzy.Sessions.Silo.Configuration;

internal static class Origins
{
    /// <summary>Reports each text that no browser sends as an origin.</summary>
    /// <param name="reader">Where faults are reported.</param>
    /// <param name="key">The setting's key.</param>
    /// <param name="texts">Its values.</param>
    /// <returns>The values.</returns>
    public static IReadOnlyList<string> Check(SettingsReader reader, string key, IReadOnlyList<string> texts)
    {
        foreach (var text in texts.Where(text => !IsOrigin(text)))
        {
            reader.Fault($"{SettingsReader.NameOf(key)} must hold exact origins such as https://app.example.com or capacitor://localhost, "
                + $"in lower case, without a path, a default port or a last slash, not '{text}'.");
        }

        return texts;
    }

    // Of "null", which every sandboxed page sends, and of "*" nobody could say who it is.
    private static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0 && !text.Contains('*', StringComparison.Ordinal)
        && text == $"{url.Scheme}://{HostOf(url)}{(url.IsDefaultPort || url.Port < 0 ? "" : $":{url.Port}")}";

    // A host name in the letters that go over the wire; an address of IPv6 in its brackets.
    private static string HostOf(Uri url) => url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost.ToLowerInvariant();
}
