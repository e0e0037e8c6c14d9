// Makes tokens as the contract's token service does: for the development simulator, for tests and for benchmarks.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>Seals claims into a token of the contract's form.</summary>
public static class TokenWriter
{
    /// <summary>Seals claims.</summary>
    /// <param name="key">The 32 bytes of the key.</param>
    /// <param name="nonce">12 bytes that this key has never sealed with before: a repeat gives the key's secrets away.</param>
    /// <param name="claimsJson">The claims, as they are to be read.</param>
    public static string Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> claimsJson)
    {
        if (key.Length != TokenKeys.KeyBytes)
        {
            throw new ArgumentException($"A256GCM takes a key of {TokenKeys.KeyBytes} bytes, not {key.Length}.", nameof(key));
        }

        var ciphertext = new byte[claimsJson.Length];
        Span<byte> tag = stackalloc byte[CompactJwe.TagBytes];
        using var cipher = new AesGcm(key, CompactJwe.TagBytes);
        cipher.Encrypt(nonce, claimsJson, ciphertext, tag, JweHeader.Family);
        return string.Concat(
            $"{Encoding.ASCII.GetString(JweHeader.Family)}..{Base64Url.EncodeToString(nonce)}.",
            $"{Base64Url.EncodeToString(ciphertext)}.{Base64Url.EncodeToString(tag)}");
    }
}
