// The live keys of one program and one kind of token: parsed from the configuration, ready to open tokens on any thread.
using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>
/// The one or two live keys of one program and one kind of token, newest first. Two only while a key is being replaced:
/// a token under the older one costs a failed try of the newer.
/// </summary>
public sealed class TokenKeys : IDisposable
{
    /// <summary>The most keys that are live at once.</summary>
    public const int KeysMax = 2;

    /// <summary>The bytes of a key.</summary>
    public const int KeyBytes = 32;

    private const int KeyChars = 43;
    private const string HowToMake = "make one with: openssl rand -base64 32 | tr '+/' '-_' | tr -d =";

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    // AesGcm is not thread-safe, so each key has one instance for every processor. All are made here: a cipher made
    // later would need the key bytes to stay in memory, and could be made of bytes that were already wiped.
    private readonly AesGcm[][] ciphers;
    private readonly ulong[] ids;

    private TokenKeys(ReadOnlySpan<byte> keys)
    {
        ciphers = new AesGcm[keys.Length / KeyBytes][];
        ids = new ulong[ciphers.Length];
        for (var key = 0; key < ciphers.Length; key++)
        {
            ids[key] = NameOf(keys.Slice(key * KeyBytes, KeyBytes));
            ciphers[key] = new AesGcm[Environment.ProcessorCount];
            for (var i = 0; i < ciphers[key].Length; i++)
            {
                ciphers[key][i] = new AesGcm(keys.Slice(key * KeyBytes, KeyBytes), CompactJwe.TagBytes);
            }
        }
    }

    /// <summary>How many keys are live.</summary>
    public int Count => ciphers.Length;

    /// <summary>Reads the keys of a configuration.</summary>
    /// <param name="base64Url">One or two keys, newest first, each 32 bytes in base64url without padding.</param>
    /// <param name="keys">The keys, when the answer is true.</param>
    /// <param name="fault">Which key is wrong and what to do about it, without a character of the key; else empty.</param>
    public static bool TryParse(IReadOnlyList<string> base64Url, out TokenKeys? keys, out string fault)
    {
        keys = null;
        if (base64Url.Count is 0 or > KeysMax)
        {
            fault = base64Url.Count == 0
                ? $"no key is given; {HowToMake}"
                : $"{base64Url.Count} keys are given, at most {KeysMax} may be live: remove the oldest";
            return false;
        }

        Span<byte> bytes = stackalloc byte[KeysMax * KeyBytes];
        bytes = bytes[..(base64Url.Count * KeyBytes)];
        fault = FaultIn(base64Url, bytes);
        if (fault.Length == 0)
        {
            keys = new TokenKeys(bytes);
        }

        CryptographicOperations.ZeroMemory(bytes);
        return keys is not null;
    }

    /// <summary>What names a key on every node without saying anything about it: a keyed hash of a fixed text.</summary>
    public ulong IdOf(int key) => ids[key];

    /// <summary>Whether a key with this name is live.</summary>
    public bool HasId(ulong id) => ids.Contains(id);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var cipher in ciphers.SelectMany(ofKey => ofKey))
        {
            lock (cipher)
            {
                cipher.Dispose();
            }
        }
    }

    /// <summary>Decrypts in place; on false the body holds zeros.</summary>
    internal bool TryDecrypt(
        int key, ReadOnlySpan<byte> nonce, Span<byte> body, ReadOnlySpan<byte> tag, ReadOnlySpan<byte> associatedData)
    {
        var cipher = Enter(ciphers[key]);
        try
        {
            cipher.Decrypt(nonce, body, tag, body, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            // An answer, not an accident: this key did not make the token. The cipher has no call that says so without throwing.
            body.Clear();
            return false;
        }
        finally
        {
            Monitor.Exit(cipher);
        }
    }

    private static ulong NameOf(ReadOnlySpan<byte> key)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, "the name of a token key"u8, hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    // A free cipher, this processor's first. Only if other threads were interrupted inside all of them is one waited for.
    private static AesGcm Enter(AesGcm[] ofKey)
    {
        var own = (int)((uint)Thread.GetCurrentProcessorId() % (uint)ofKey.Length);
        for (var i = 0; i < ofKey.Length; i++)
        {
            var cipher = ofKey[(own + i) % ofKey.Length];
            if (Monitor.TryEnter(cipher))
            {
                return cipher;
            }
        }

        Monitor.Enter(ofKey[own]);
        return ofKey[own];
    }

    private static string FaultIn(IReadOnlyList<string> base64Url, Span<byte> bytes)
    {
        for (var key = 0; key < base64Url.Count; key++)
        {
            var fault = FaultIn(base64Url[key], bytes.Slice(key * KeyBytes, KeyBytes));
            if (fault is not null)
            {
                return $"key {key} {fault}; {HowToMake}";
            }
        }

        return base64Url.Count == 2 && CryptographicOperations.FixedTimeEquals(bytes[..KeyBytes], bytes[KeyBytes..])
            ? "key 0 and key 1 are the same: remove one, or put the new key first"
            : "";
    }

    private static string? FaultIn(string? text, Span<byte> bytes)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "is empty";
        }

        if (text.EndsWith('='))
        {
            return "is padded base64: leave the '=' out, and write '-' for '+' and '_' for '/'";
        }

        if (text.AsSpan().ContainsAnyExcept(Alphabet))
        {
            return "has characters outside base64url (A-Z a-z 0-9 - _): plain base64 needs '-' for '+' and '_' for '/'";
        }

        if (text.Length != KeyChars)
        {
            return $"has {text.Length} characters: {KeyBytes} bytes are {KeyChars} characters of base64url";
        }

        Span<byte> ascii = stackalloc byte[KeyChars];
        Encoding.ASCII.GetBytes(text, ascii);
        var decoded = CompactJwe.IsCanonical(ascii) && Base64Url.DecodeFromUtf8(ascii, bytes, out _, out _) == OperationStatus.Done;
        CryptographicOperations.ZeroMemory(ascii);
        return !decoded ? "ends in a character that no 32 bytes end in: it was cut or mistyped"
            : !bytes.ContainsAnyExcept((byte)0) ? "is all zeros"
            : null;
    }
}
