// Reads single settings and collects every fault, so that one start reports them all. A secret's value is never shown.
using System.Globalization;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>The configuration cannot be used; the message lists every fault and what to set.</summary>
internal sealed class SettingsException(IReadOnlyList<string> faults) : Exception(
    $"The service was not started. Faults of its configuration: {faults.Count}.\n"
    + string.Join("\n", faults.Select(fault => $"  - {fault}")))
{
    /// <summary>The faults.</summary>
    public IReadOnlyList<string> Faults { get; } = faults;
}

internal sealed class SettingsReader(IConfiguration configuration)
{
    private const string Root = "Sessions";

    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _faults = [];

    /// <summary>The environment variable of a setting.</summary>
    public static string NameOf(string key) => $"{Root}:{key}".Replace(":", "__", StringComparison.Ordinal);

    public void Fault(string text) => _faults.Add(text);

    public string Text(string key, string fallback)
    {
        var path = $"{Root}:{key}";
        _known.Add(path);
        return configuration[path] is { Length: > 0 } value ? value : fallback;
    }

    public bool Flag(string key, bool fallback)
    {
        var text = Text(key, "");
        if (text.Length == 0)
        {
            return fallback;
        }

        if (!bool.TryParse(text, out var value))
        {
            Fault($"{NameOf(key)} must be true or false, not '{text}'.");
        }

        return value;
    }

    public int Number(string key, int fallback, int min, int max)
    {
        var text = Text(key, "");
        if (text.Length == 0)
        {
            return fallback;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) || value < min || value > max)
        {
            Fault($"{NameOf(key)} must be a whole number from {min} to {max}, not '{text}'.");
            return fallback;
        }

        return value;
    }

    /// <summary>A span of time as <c>hh:mm:ss</c> or <c>d.hh:mm:ss</c>.</summary>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan min, TimeSpan max)
    {
        var text = Text(key, "");
        if (text.Length == 0)
        {
            return fallback;
        }

        // A bare number would be read as days.
        if (!text.Contains(':', StringComparison.Ordinal)
            || !TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) || value < min || value > max)
        {
            Fault($"{NameOf(key)} must be a time from {min:c} to {max:c} as hh:mm:ss (or d.hh:mm:ss), not '{text}'.");
            return fallback;
        }

        return value;
    }

    public Uri Url(string key, string fallback)
    {
        var text = Text(key, fallback);
        if (Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme == Uri.UriSchemeHttp && url.PathAndQuery == "/" && url.UserInfo.Length == 0)
        {
            return url;
        }

        Fault($"{NameOf(key)} must be http://host:port without a path, not '{text}'. TLS ends at the proxy in front.");
        return new Uri(fallback);
    }

    /// <summary>The members <c>key:0</c>, <c>key:1</c>… in their order.</summary>
    public IReadOnlyList<string> List(string key) =>
        [.. Indices(key).Select(child => Text($"{key}:{child}", "")).Where(value => value.Length > 0)];

    /// <summary>The names of a list's members in their order: 0, 1…</summary>
    public IEnumerable<string> Indices(string key) => Children(key).OrderBy(IndexOf);

    private static int IndexOf(string child) =>
        int.TryParse(child, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : int.MaxValue;

    public IEnumerable<string> Children(string key) => configuration.GetSection($"{Root}:{key}").GetChildren().Select(child => child.Key);

    /// <summary>Throws when anything was wrong, a setting that nobody asked for included: a mistyped name must not silently mean the
    /// default.</summary>
    public void Done()
    {
        if (Faults().Count > 0)
        {
            throw new SettingsException(_faults);
        }
    }

    /// <summary>Everything that was wrong.</summary>
    public IReadOnlyList<string> Faults()
    {
        foreach (var (path, value) in configuration.GetSection(Root).AsEnumerable())
        {
            if (value is not null && !_known.Contains(path))
            {
                var name = path.Replace(":", "__", StringComparison.Ordinal);
                Fault($"{name} is not a setting of this service. See docs/configuration.md for the names.");
            }
        }

        return _faults;
    }
}
