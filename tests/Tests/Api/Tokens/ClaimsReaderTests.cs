// What claims may look like: one strict object, each claim of one type, everything else skipped.
using System.Text;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Tests.Api.Tokens;

public sealed class ClaimsReaderTests
{
    public static TheoryData<string, string?, TokenFault> Values => new()
    {
        { "exp", "1e400", TokenFault.ClaimsType }, // N40
        { "exp", "-4102444800", TokenFault.ClaimsTime }, // N40
        { "exp", "9223372036854775808", TokenFault.ClaimsTime }, // N40
        { "exp", "4102444800.0", TokenFault.ClaimsType }, // N42
        { "exp", "41024448e2", TokenFault.ClaimsType },
        { "exp", "253402300799", TokenFault.None },
        { "exp", "253402300800", TokenFault.ClaimsTime },
        { "exp", "null", TokenFault.ClaimsType },
        { "iat", "0", TokenFault.None },
        { "iat", null, TokenFault.ClaimsMissing },
        { "iat", "true", TokenFault.ClaimsType },
        { "nbf", "4102443000", TokenFault.None },
        { "nbf", "\"4102443000\"", TokenFault.ClaimsType },
        { "PROGRAM_ID", null, TokenFault.ClaimsMissing },
        { "PROGRAM_ID", "0", TokenFault.ClaimsType },
        { "PROGRAM_ID", "-2001", TokenFault.ClaimsType },
        { "PROGRAM_ID", "\"2001\"", TokenFault.ClaimsType },
        { "PROGRAM_ID", "2001.0", TokenFault.ClaimsType },
        { "PROGRAM_ID", "2147483647", TokenFault.None },
        { "PROGRAM_ID", "2147483648", TokenFault.ClaimsType },
        { "USER_ID", null, TokenFault.None },
        { "USER_ID", "18446744073709551615", TokenFault.None },
        { "USER_ID", "18446744073709551616", TokenFault.ClaimsType },
        { "USER_ID", "-1", TokenFault.ClaimsType },
        { "USER_ID", "\"1001\"", TokenFault.ClaimsType },
        { "X-ACCOUNT-NUMBER", null, TokenFault.None },
        { "X-ACCOUNT-NUMBER", "\"\"", TokenFault.ClaimsType },
        { "X-ACCOUNT-NUMBER", "\"0123\"", TokenFault.ClaimsType },
        { "X-ACCOUNT-NUMBER", "\"12 3\"", TokenFault.ClaimsType },
        { "X-ACCOUNT-NUMBER", "\"١٢٣\"", TokenFault.ClaimsType },
        { "X-ACCOUNT-NUMBER", "1.5e3", TokenFault.ClaimsType },
        { "X-ACCOUNT-NUMBER", "-1", TokenFault.ClaimsType },
        { "X-ACCOUNT-NUMBER", "100000000000000000000", TokenFault.ClaimsType }, // 21 digits
        { "X-ACCOUNT-NUMBER", "null", TokenFault.ClaimsType },
        { "LOGIN_HISTORY_ID", "\"0E9B7A54-32C1-4F60-8D7E-AABBCCDDEEFF\"", TokenFault.None },
        { "LOGIN_HISTORY_ID", "\"\\u0030e9b7a54-32c1-4f60-8d7e-aabbccddeeff\"", TokenFault.None },
        { "LOGIN_HISTORY_ID", "\"0e9b7a5432c14f608d7eaabbccddeeff\"", TokenFault.ClaimsType },
        { "LOGIN_HISTORY_ID", "\"{0e9b7a54-32c1-4f60-8d7e-aabbccddeeff}\"", TokenFault.ClaimsType },
        { "LOGIN_HISTORY_ID", "\"0x9b7a54-32c1-4f60-8d7e-aabbccddeeff\"", TokenFault.ClaimsType },
        { "LOGIN_HISTORY_ID", "\"00000000-0000-0000-0000-000000000000\"", TokenFault.ClaimsType },
        { "LOGIN_HISTORY_ID", "\"\"", TokenFault.ClaimsType },
        { "LOGIN_HISTORY_ID", "7", TokenFault.ClaimsType },
        { "LOGIN_HISTORY_ID", "{\"a\":[1]}", TokenFault.ClaimsType },
        { "ALLOWED_IPS", null, TokenFault.None },
        { "ALLOWED_IPS", "[\"*\"]", TokenFault.ClaimsType },
        { "ALLOWED_IPS", "\"\\ud800\"", TokenFault.ClaimsForm },
        { "CLIENT_INFO", "\"\\ud800\"", TokenFault.None }, // never looked at
        { "CLIENT_INFO", "{\"a\":{\"a\":1,\"a\":2}}", TokenFault.None },
        { "EXP", "1", TokenFault.None },
    };

    public static TheoryData<string> Malformed => new()
    {
        "", " ", "{", "null", "1", "\"x\"", "[1]", "{}{}", "{} x", "{\"a\":1,}", "{/*c*/}", "{'a':1}", "{\"a\":NaN}", "{\"a\":01}",
        "\uFEFF{}",
        "{\"a\":1,\"a\":1}",
        "{\"USER_ID\":1,\"\\u0055SER_ID\":2}", // N46
        "{\"x\":1,\"\\u0078\":2}",
        "{\"\\ud800\":1}",
        "{\"exp\":\"late\",\"iat\":1",
        $"{{\"{new string('n', 256)}\":1}}",
        $"{{\"a\":{new string('[', 100)}{new string(']', 100)}}}", // N53
        $"{{\"a\":{new string('[', 8)}{new string(']', 8)}}}",
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_claim_has_one_type(string name, string? json, TokenFault expected) =>
        Assert.Equal(expected, Read(TestTokens.ClaimsWith(name, json), out _));

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Claims_are_one_strict_object(string json) => Assert.Equal(TokenFault.ClaimsForm, Read(json, out _));

    [Fact]
    public void Seven_levels_in_a_claim_are_read() =>
        Assert.Equal(TokenFault.None, Read(TestTokens.ClaimsWith("a", new string('[', 7) + new string(']', 7)), out _));

    [Theory]
    [InlineData("9999999999999999999", "9999999999999999999")]
    [InlineData("99999999999999999999", "99999999999999999999")]
    [InlineData("\"99999999999999999999\"", "99999999999999999999")]
    [InlineData("\"\\u0034\\u0032\"", "42")]
    [InlineData("42", "42")]
    [InlineData("0", "0")]
    public void An_account_keeps_its_digits_as_a_number_and_as_a_string(string json, string account)
    {
        Assert.Equal(TokenFault.None, Read(TestTokens.ClaimsWith("X-ACCOUNT-NUMBER", json), out var claims));
        Assert.Equal(account, claims.Account);
    }

    [Fact]
    public void Sixty_four_members_are_read_and_one_more_is_not()
    {
        static string Json(int count) => "{\"PROGRAM_ID\":1,\"iat\":1,\"exp\":2" +
            string.Concat(Enumerable.Range(0, count - 3).Select(i => $",\"m{i}\":{i}")) + "}";
        Assert.Equal(TokenFault.None, Read(Json(64), out _));
        Assert.Equal(TokenFault.ClaimsForm, Read(Json(65), out _));
    }

    [Fact]
    public void Claims_print_no_person()
    {
        Assert.Equal(TokenFault.None, Read(TestTokens.Claims, out var claims));
        Assert.Equal("claims of program 2001", claims.ToString());
    }

    [Fact]
    public void Damaged_claims_never_throw_and_cut_ones_are_refused()
    {
        var json = Encoding.UTF8.GetBytes(TestTokens.Claims.TrimEnd());
        for (var at = 0; at < json.Length; at++)
        {
            Assert.Equal(TokenFault.ClaimsForm, ClaimsReader.Read(json.AsSpan(0, at), out _));
            foreach (var other in "\0\"{}[]\\,:0.-eu\u00ff"u8)
            {
                var damaged = json.ToArray();
                damaged[at] = other;
                ClaimsReader.Read(damaged, out _);
            }
        }
    }

    private static TokenFault Read(string json, out TokenClaims claims) => ClaimsReader.Read(Encoding.UTF8.GetBytes(json), out claims);
}
