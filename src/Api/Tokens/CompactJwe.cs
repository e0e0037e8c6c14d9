// Opens the contract's tokens: compact JWE, direct encryption with AES-256-GCM, and nothing else that JOSE knows.
// Everything that can be refused without the key is refused before it is used, and one token has exactly one spelling.
using System.Buffers;
using System.Buffers.Text;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>A strict opener of compact JWE tokens with <c>alg</c> = <c>dir</c> and <c>enc</c> = <c>A256GCM</c>.</summary>
public static class CompactJwe
{
    /// <summary>The most bytes (ASCII characters) of a token.</summary>
    public const int TokenMax = 8_192;

    /// <summary>The most bytes of a plaintext that fits in a token.</summary>
    public const int PlaintextMax = TokenMax / 4 * 3;

    internal const int TagBytes = 16;
    private const int NonceBytes = 12;
    private const int NonceChars = 16;
    private const int TagChars = 22;
    private const int JwePartCount = 5;
    private const int JwsPartCount = 3;

    private static readonly SearchValues<byte> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."u8);

    /// <summary>Opens a token with the first of the keys, newest first, that it is authentic under.</summary>
    /// <param name="keys">The live keys of the program that the token must belong to.</param>
    /// <param name="token">The token's characters.</param>
    /// <param name="plaintext">Room for the claims: three quarters of the token are enough. On a fault it holds nothing of them.</param>
    /// <param name="length">How many bytes of <paramref name="plaintext"/> are the claims; 0 on a fault.</param>
    public static TokenFault Open(TokenKeys keys, ReadOnlySpan<byte> token, Span<byte> plaintext, out int length) =>
        Open(keys, token, plaintext, out length, out _);

    /// <summary>Opens a token, and says by which key.</summary>
    /// <inheritdoc cref="Open(TokenKeys, ReadOnlySpan{byte}, Span{byte}, out int)"/>
    /// <param name="keys">As above.</param>
    /// <param name="token">As above.</param>
    /// <param name="plaintext">As above.</param>
    /// <param name="length">As above.</param>
    /// <param name="key">The number of the key; 0 on a fault.</param>
    internal static TokenFault Open(
        TokenKeys keys, ReadOnlySpan<byte> token, Span<byte> plaintext, out int length, out int key)
    {
        (length, key) = (0, 0);
        if (token.Length > TokenMax)
        {
            return TokenFault.Size;
        }

        if (token.ContainsAnyExcept(Alphabet))
        {
            return TokenFault.Form;
        }

        var partCount = token.Count((byte)'.') + 1;
        if (partCount != JwePartCount)
        {
            // Three parts are a JWS: signed, or with the algorithm "none". Neither is the pair that we allow.
            return partCount == JwsPartCount ? TokenFault.Algorithm : TokenFault.Form;
        }

        var parts = new Parts(token);
        // The header comes first: it distinguishes a foreign algorithm from a damaged token of ours.
        var fault = JweHeader.Check(parts.Header);
        if (fault != TokenFault.None)
        {
            return fault;
        }

        return parts.HaveForm() ? Decrypt(keys, parts, plaintext, out length, out key) : TokenFault.Form;
    }

    /// <summary>Whether base64url text has the one length and the one last character that encoding bytes gives (RFC 4648, 3.5).</summary>
    internal static bool IsCanonical(ReadOnlySpan<byte> base64Url) => (base64Url.Length % 4) switch
    {
        0 => true,
        2 => "AQgw"u8.Contains(base64Url[^1]), // four unused bits, all zero
        3 => "AEIMQUYcgkosw048"u8.Contains(base64Url[^1]), // two unused bits, both zero
        _ => false,
    };

    private static TokenFault Decrypt(TokenKeys keys, in Parts parts, Span<byte> plaintext, out int length, out int key)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        Span<byte> tag = stackalloc byte[TagBytes];
        (length, key) = (0, 0);
        var body = plaintext[..Base64Url.GetMaxDecodedLength(parts.Ciphertext.Length)];
        if (!Decode(parts.Nonce, nonce) || !Decode(parts.Tag, tag))
        {
            return TokenFault.Form;
        }

        for (; key < keys.Count; key++)
        {
            // Decoded anew for each key: decryption is in place, and a tag that fails wipes it.
            if (!Decode(parts.Ciphertext, body))
            {
                return TokenFault.Form;
            }

            if (keys.TryDecrypt(key, nonce, body, tag, parts.Header))
            {
                length = body.Length;
                return TokenFault.None;
            }
        }

        key = 0;
        return TokenFault.Authenticity;
    }

    private static bool Decode(ReadOnlySpan<byte> base64Url, Span<byte> bytes) =>
        Base64Url.DecodeFromUtf8(base64Url, bytes, out _, out var written) == OperationStatus.Done && written == bytes.Length;

    // The five parts of a token that is known to have four dots.
    private readonly ref struct Parts
    {
        public readonly ReadOnlySpan<byte> Header;
        public readonly ReadOnlySpan<byte> Nonce;
        public readonly ReadOnlySpan<byte> Ciphertext;
        public readonly ReadOnlySpan<byte> Tag;
        private readonly ReadOnlySpan<byte> encryptedKey;

        public Parts(ReadOnlySpan<byte> token)
        {
            Header = Next(ref token);
            encryptedKey = Next(ref token);
            Nonce = Next(ref token);
            Ciphertext = Next(ref token);
            Tag = token;
        }

        public bool HaveForm() => encryptedKey.IsEmpty && Nonce.Length == NonceChars && Tag.Length == TagChars
            && IsCanonical(Ciphertext) && IsCanonical(Tag);

        private static ReadOnlySpan<byte> Next(scoped ref ReadOnlySpan<byte> rest)
        {
            var dot = rest.IndexOf((byte)'.');
            var part = rest[..dot];
            rest = rest[(dot + 1)..];
            return part;
        }
    }
}
