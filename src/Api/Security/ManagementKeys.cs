// The keys of the management listener: bearer keys (RFC 6750, section 2.1), and passwords of HTTP Basic (RFC 7617). They may change while
// the service runs.
using System.Collections.Frozen;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Security;

/// <summary>A management key. The key itself is not kept.</summary>
/// <param name="Name">Its name; two keys of one name may be valid at the same time, while one replaces the other.</param>
/// <param name="IsNamed">Whether the name was configured; else any user name is taken beside the key.</param>
/// <param name="Digest">SHA-256 of the key, in hex.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="Programs">The programs that it may see and touch, ascending, with commas; null for all.</param>
public sealed record ManagementKey(string Name, bool IsNamed, string Digest, Roles Roles, string? Programs)
{
    /// <summary>Makes it of a key's text.</summary>
    public static ManagementKey Of(string name, bool isNamed, string key, Roles roles, IReadOnlyList<int>? programs) => new(
        name, isNamed, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key))), roles,
        programs is null ? null : string.Join(',', programs.Distinct().Order()));

    /// <summary>Without its name, for messages.</summary>
    public override string ToString() => "a management key";
}

/// <summary>Finds the management key of a request.</summary>
public sealed class ManagementKeys
{
    /// <summary>The most characters of a key.</summary>
    public const int KeyMax = 1_024;

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const int Utf8BytesMax = KeyMax * 3;

    private readonly Lock _gate = new();
    private volatile Entry[] _entries = [];

    /// <summary>Takes the keys of the start.</summary>
    public ManagementKeys(ApiOptions options)
    {
        Replace(options.ManagementKeys);
    }

    private sealed record Entry(ManagementKey Key, byte[] Digest, ManagementCaller Caller, CancellationTokenSource Withdraw);

    /// <summary>Takes other keys in place of those that hold now. What is open for one that is not among them, or whose rights are others
    /// now, is ended.</summary>
    /// <returns>How many keys were not there before, and how many are withdrawn.</returns>
    public (int Added, int Withdrawn) Replace(IReadOnlyList<ManagementKey> keys)
    {
        Entry[] before;
        Entry[] after;
        lock (_gate)
        {
            before = _entries;
            after = [.. keys.Select(key => before.FirstOrDefault(entry => entry.Key == key) ?? EntryOf(key))];
            _entries = after;
        }

        var withdrawn = before.Except(after).ToList();
        withdrawn.ForEach(entry => entry.Withdraw.Cancel());
        return (after.Except(before).Count(), withdrawn.Count);
    }

    /// <summary>The names of the keys that have one of these roles for a program.</summary>
    public IReadOnlySet<string> NamesOf(Roles oneOf, int program) => _entries
        .Where(entry => entry.Caller.Has(oneOf) && entry.Caller.Sees(program)).Select(entry => entry.Key.Name)
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The caller whose key a request carries, as a bearer key or as the password of Basic; null for none or a wrong
    /// one.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isPassword">Whether it came by Basic, which a browser repeats by itself.</param>
    public ManagementCaller? Find(HttpRequest request, out bool isPassword)
    {
        isPassword = false;
        var headers = request.Headers.Authorization;
        if (headers.Count != 1 || headers[0] is not { } header)
        {
            return null;
        }

        Span<byte> text = stackalloc byte[Utf8BytesMax];
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && header.Length <= Bearer.Length + KeyMax)
        {
            return Find(text[..Encoding.UTF8.GetBytes(header.AsSpan(Bearer.Length), text)])?.Caller;
        }

        isPassword = header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase);
        return isPassword && Convert.TryFromBase64Chars(header.AsSpan(Basic.Length), text, out var length)
            && text[..length].IndexOf((byte)':') is >= 0 and var colon
                ? FindPair(text[..colon], text[(colon + 1)..length])
                : null;
    }

    /// <summary>The key of a name and a text, and its caller; null for a wrong pair. Beside a key without a name any name may
    /// stand.</summary>
    public (ManagementKey Key, ManagementCaller Caller)? Find(string name, string key)
    {
        Span<byte> text = stackalloc byte[Utf8BytesMax];
        return key.Length <= KeyMax && Find(text[..Encoding.UTF8.GetBytes(key, text)]) is { } entry
            && (!entry.Key.IsNamed || entry.Key.Name == name)
                ? (entry.Key, entry.Caller)
                : null;
    }

    /// <summary>The caller of the first key that holds now and is such a one; null for none.</summary>
    public ManagementCaller? CallerOf(Predicate<ManagementKey> isIt) => _entries.FirstOrDefault(entry => isIt(entry.Key))?.Caller;

    // As they are (RFC 7617), and as OAuth clients send an id and a secret: encoded as in a form (RFC 6749, section 2.3.1).
    private ManagementCaller? FindPair(ReadOnlySpan<byte> name, ReadOnlySpan<byte> key) =>
        FindNamed(name, key) is { } caller ? caller
        : name.IndexOfAny((byte)'%', (byte)'+') < 0 && key.IndexOfAny((byte)'%', (byte)'+') < 0 ? null
        : FindNamed(Decode(name), Decode(key));

    // Beside a key without a name any user name may stand: what a browser's dialog or a client's id fills in.
    private ManagementCaller? FindNamed(ReadOnlySpan<byte> name, ReadOnlySpan<byte> key) =>
        Find(key) is { } entry && (!entry.Key.IsNamed || Ascii.Equals(name, entry.Key.Name)) ? entry.Caller : null;

    private static byte[] Decode(ReadOnlySpan<byte> text) => WebUtility.UrlDecodeToBytes(text.ToArray(), 0, text.Length);

    private Entry? Find(ReadOnlySpan<byte> utf8)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, digest);
        Entry? found = null;
        foreach (var entry in _entries)
        {
            if (CryptographicOperations.FixedTimeEquals(digest, entry.Digest))
            {
                found = entry;
            }
        }

        return found;
    }

    private static Entry EntryOf(ManagementKey key)
    {
        var withdraw = new CancellationTokenSource();
        var programs = key.Programs?.Split(',').Select(int.Parse).ToFrozenSet();
        var caller = new ManagementCaller(key.Name, key.Roles, programs, Actor: null, withdraw.Token);
        return new Entry(key, Convert.FromHexString(key.Digest), caller, withdraw);
    }
}
