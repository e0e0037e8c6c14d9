// The one call that endpoints use: from the characters of a token to its claims.
using System.Buffers;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>
/// Opens a token and reads its claims. Its times and addresses are for <see cref="TokenTimes"/> and <see cref="AllowedIps"/>.
/// </summary>
public static class TokenReader
{
    private const int StackBytes = 1_024; // tokens of the contract are 400 to 600 characters; longer ones rent

    /// <summary>Reads a token.</summary>
    /// <param name="keys">The live keys of the program that the token must belong to.</param>
    /// <param name="token">The token's characters.</param>
    /// <param name="claims">The claims, when the answer is <see cref="TokenFault.None"/>.</param>
    public static TokenFault Read(TokenKeys keys, ReadOnlySpan<byte> token, out TokenClaims claims)
    {
        claims = default;
        if (token.Length > CompactJwe.TokenMax)
        {
            return TokenFault.Size;
        }

        var rented = token.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(CompactJwe.PlaintextMax) : null;
        Span<byte> plaintext = rented ?? stackalloc byte[StackBytes];
        var length = 0;
        try
        {
            var fault = CompactJwe.Open(keys, token, plaintext, out length, out var key);
            fault = fault == TokenFault.None ? ClaimsReader.Read(plaintext[..length], out claims) : fault;
            claims = fault == TokenFault.None ? claims with { KeyId = keys.IdOf(key) } : claims;
            return fault;
        }
        finally
        {
            // Claims hold names and numbers of people. A failed opening leaves zeros, so the length is all there is.
            CryptographicOperations.ZeroMemory(plaintext[..length]);
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Reads a token from a header's value.</summary>
    /// <inheritdoc cref="Read(TokenKeys, ReadOnlySpan{byte}, out TokenClaims)"/>
    public static TokenFault Read(TokenKeys keys, ReadOnlySpan<char> token, out TokenClaims claims)
    {
        claims = default;
        if (token.Length > CompactJwe.TokenMax)
        {
            return TokenFault.Size;
        }

        var rented = token.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(token.Length) : null;
        Span<byte> ascii = rented ?? stackalloc byte[StackBytes];
        var fault = Ascii.FromUtf16(token, ascii, out var length) == OperationStatus.Done
            ? Read(keys, ascii[..length], out claims)
            : TokenFault.Form;
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented, clearArray: true); // a token is a credential
        }

        return fault;
    }
}
