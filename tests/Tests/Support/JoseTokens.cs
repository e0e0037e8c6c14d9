// Every token of the tests is sealed by jose-jwt, an implementation that is not ours.
using Jose;

namespace BankEzy.Sessions.Tests.Support;

internal static class JoseTokens
{
    /// <summary>The protected header of the contract's tokens.</summary>
    public const string ContractHeader = """{"enc":"A256GCM","alg":"dir"}""";

    /// <summary>Seals a plaintext under a protected header of exactly this text.</summary>
    public static string Seal(byte[] key, byte[] plaintext, string header = ContractHeader) => JWT.EncodeBytes(
        plaintext, key, JweAlgorithm.DIR, JweEncryption.A256GCM, settings: new JwtSettings().RegisterMapper(new HeaderText(header)));

    /// <summary>Opens a token as jose-jwt does; null where it refuses.</summary>
    public static byte[]? Open(byte[] key, string token)
    {
        try
        {
            return JWT.DecodeBytes(token, key, JweAlgorithm.DIR, JweEncryption.A256GCM);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return null; // its exceptions have no common type
        }
    }

    // jose-jwt asks its mapper for the header's text.
    private sealed class HeaderText(string text) : IJsonMapper
    {
        public string Serialize(object obj) => text;

        public T Parse<T>(string json) => throw new NotSupportedException();
    }
}
