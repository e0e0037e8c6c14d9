// The programs (tenants) that this service knows, with their keys.
using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Api.Security;

/// <summary>A program and its keys.</summary>
/// <param name="Id">PROGRAM_ID.</param>
/// <param name="ApiKeys">The X-API-KEY values of its apps. They identify an app and are no secrets.</param>
/// <param name="RequireApiKey">Whether a request without X-API-KEY is refused.</param>
/// <param name="LoginTokenKeys">What opens its login tokens.</param>
/// <param name="AppTokenKeys">What opens its app tokens; the same object where both kinds share their keys.</param>
public sealed record ProgramEntry(
    int Id, IReadOnlyList<string> ApiKeys, bool RequireApiKey, TokenKeys LoginTokenKeys, TokenKeys AppTokenKeys)
{
    /// <summary>The origins whose pages may call its API and read the answers.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];
}

/// <summary>Finds a program by its id or by one of its API keys.</summary>
public sealed class ProgramDirectory
{
    /// <summary>The most characters of an API key.</summary>
    public const int ApiKeyMax = 256;

    /// <summary>The most programs with which every token without X-API-KEY is tried. A try that fails costs about 13 µs a key.</summary>
    public const int AlwaysTriedMax = 4;

    private readonly FrozenDictionary<int, ProgramEntry> _byId;
    private readonly FrozenDictionary<UInt128, ProgramEntry> _byApiKey;

    /// <summary>Makes the directory.</summary>
    public ProgramDirectory(IEnumerable<ProgramEntry> programs)
    {
        All = [.. programs];
        _byId = All.ToFrozenDictionary(program => program.Id);
        _byApiKey = All.SelectMany(program => program.ApiKeys.Select(key => (Digest: DigestOf(key), program)))
            .ToFrozenDictionary(pair => pair.Digest, pair => pair.program);
        WithoutApiKey = [.. All.Where(program => !program.RequireApiKey)];
        Recent = [.. WithoutApiKey.Take(AlwaysTriedMax)];
    }

    /// <summary>All programs.</summary>
    public IReadOnlyList<ProgramEntry> All { get; }

    /// <summary>The programs that take requests without X-API-KEY.</summary>
    public IReadOnlyList<ProgramEntry> WithoutApiKey { get; }

    /// <summary>Tried first of them: those found last beyond these, newest first; at most <see cref="AlwaysTriedMax"/>.</summary>
    public IReadOnlyList<ProgramEntry> Recent { get; private set; }

    /// <summary>Notes that a program's key opened a token that came without X-API-KEY. Of two notes at once one may be lost.</summary>
    public void Opened(ProgramEntry program)
    {
        var recent = Recent;
        if (!recent.Contains(program))
        {
            Recent = [program, .. recent.Take(AlwaysTriedMax - 1)];
        }
    }

    /// <summary>The program of an id.</summary>
    public bool TryFind(int id, [NotNullWhen(true)] out ProgramEntry? program) => _byId.TryGetValue(id, out program);

    /// <summary>The program of an API key. Compares digests, so the time taken says nothing about a key's text.</summary>
    public bool TryFind(string apiKey, [NotNullWhen(true)] out ProgramEntry? program)
    {
        program = null;
        return apiKey.Length is > 0 and <= ApiKeyMax && _byApiKey.TryGetValue(DigestOf(apiKey), out program);
    }

    private static UInt128 DigestOf(string key)
    {
        Span<byte> text = stackalloc byte[ApiKeyMax * 3];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..Encoding.UTF8.GetBytes(key, text)], digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }
}
