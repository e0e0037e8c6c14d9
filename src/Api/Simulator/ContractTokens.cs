// Tokens in the contract's form, sealed with jose-jwt as a neighbour of the bank could: for the simulator and for benchmarks.
using Jose;

namespace BankEzy.Sessions.Api.Simulator;

/// <summary>Seals claims into a compact JWE with <c>dir</c> and <c>A256GCM</c>.</summary>
internal static class ContractTokens
{
    private static readonly JwtSettings Settings = new JwtSettings().RegisterMapper(new ContractHeader());

    /// <summary>Seals claims with a fresh random nonce.</summary>
    /// <param name="key">The 32 bytes of the key.</param>
    /// <param name="claimsJson">The claims in UTF-8, byte for byte as they are to be read: no serializer sees them, so an account number of
    /// 20 digits stays what it is.</param>
    public static string Seal(byte[] key, byte[] claimsJson) =>
        JWT.EncodeBytes(claimsJson, key, JweAlgorithm.DIR, JweEncryption.A256GCM, settings: Settings);

    // The library would write "alg" first; the bank's tokens begin with "enc".
    private sealed class ContractHeader : IJsonMapper
    {
        public string Serialize(object obj) => """{"enc":"A256GCM","alg":"dir"}""";

        public T Parse<T>(string json) => throw new NotSupportedException("Tokens are only sealed here.");
    }
}
