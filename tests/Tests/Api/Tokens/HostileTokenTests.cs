// Tokens that the vector file has no entry for, made here; the numbers continue its list.
using System.Buffers.Text;
using System.Text;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api.Tokens;

public sealed class HostileTokenTests
{
    private static readonly string[] Good = TestTokens.Seal(TestTokens.Claims).Split('.');

    public static TheoryData<string, string, TokenFault> Forms => new()
    {
        { "N5 tag of 8 bytes", With(4, Good[4][..11]), TokenFault.Form },
        { "N8 no tag", With(4, ""), TokenFault.Form },
        { "N13 IV of 11 bytes", With(2, Good[2][..15]), TokenFault.Form },
        { "N13 no IV", With(2, ""), TokenFault.Form },
        { "N16 ciphertext changed", With(3, Good[3][0] == 'A' ? "B" + Good[3][1..] : "A" + Good[3][1..]), TokenFault.Authenticity },
        { "N16 ciphertext cut by 4 characters", With(3, Good[3][..^4]), TokenFault.Authenticity },
        { "N18 tag with a stray bit", With(4, StrayBit(Good[4])), TokenFault.Form },
        { "N18 ciphertext with a stray bit", StrayCiphertext(), TokenFault.Form },
        { "N18 header with a stray bit", With(0, StrayBit(Good[0])), TokenFault.Form },
        { "ciphertext of a length that no bytes have", With(3, Good[3].PadRight((Good[3].Length / 4 * 4) + 5, 'A')), TokenFault.Form },
        { "N22 six parts", string.Join('.', Good) + ".", TokenFault.Form },
        { "N22 8,192 dots", new string('.', 8192), TokenFault.Form },
        { "two parts", "e30.e30", TokenFault.Form },
        { "empty", "", TokenFault.Form },
        { "no header", With(0, ""), TokenFault.Form },
        { "plain base64", With(3, "+/" + Good[3][2..]), TokenFault.Form },
        { "a letter outside ASCII", With(3, "é" + Good[3][1..]), TokenFault.Form },
        { "space in front", " " + string.Join('.', Good), TokenFault.Form },
        { "8,193 characters", new string('A', 8193), TokenFault.Size },
    };

    public static TheoryData<string, TokenFault> Headers => new()
    {
        { """{"enc":"a256gcm","alg":"dir"}""", TokenFault.Algorithm }, // N27
        { """{"enc":"A256GCM","alg":"dir "}""", TokenFault.Algorithm }, // N27
        { """{"enc":"A256GCM","alg":["dir"]}""", TokenFault.Algorithm },
        { """{"enc":"A256GCM","alg":null}""", TokenFault.Algorithm },
        { """{"enc":{"A256GCM":1},"alg":"dir"}""", TokenFault.Algorithm },
        { """{"alg":"dir"}""", TokenFault.Algorithm },
        { """{}""", TokenFault.Algorithm },
        { """{"enc":"A256GCM","ALG":"dir"}""", TokenFault.Algorithm },
        { """{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2s":"c2FsdHNhbHQ","p2c":2147483647}""", TokenFault.Algorithm }, // N31
        { """{"epk":{"kty":"EC"},"alg":"ECDH-ES","enc":"A256GCM"}""", TokenFault.Algorithm },
        { """{"alg":"A256KW","enc":"A256GCM"}""", TokenFault.Algorithm },
        { """{"alg":"dir","enc":"A256CBC-HS512"}""", TokenFault.Algorithm },
        { """{"alg":"noNE","enc":"A256GCM"}""", TokenFault.Algorithm },
        { """{"enc":"A256GCM","alg":"dir","p2c":2147483647}""", TokenFault.Header }, // N31
        { """{"alg":"dir","enc":"A256GCM","cty":"JWT"}""", TokenFault.None }, // N36: libraries add these by themselves
        { """{"alg":"dir","enc":"A256GCM","typ":"jwt","kid":"2026-11"}""", TokenFault.None },
        { """{"typ":"JOSE","enc":"A256GCM","alg":"dir","kid":"https://bank.example/keys/1#a=b"}""", TokenFault.None },
        { """{"enc":"A256GCM","alg":"dir","cty":"text/plain"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","cty":null}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","typ":"at+jwt"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","typ":["JWT"]}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","typ":"JWT","typ":"JWT"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","kid":"a","kid":"a"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","kid":""}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","kid":7}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","kid":"a b"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","kid":"\u0061"}""", TokenFault.Header },
        { $$"""{"enc":"A256GCM","alg":"dir","kid":"{{new string('k', 257)}}"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","KID":"a"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","crit":[]}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","crit":["alg"]}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","epk":{"x":[1]}}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","alg":"dir"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","\u0061lg":"dir"}""", TokenFault.Header },
        { """{"enc":"A256GCM","enc":"A256GCM","alg":"dir"}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir","":1}""", TokenFault.Header },
        { """{"enc":"A256GCM","alg":"dir",}""", TokenFault.Form },
        { """{"enc":"A256GCM","alg":"dir"}{}""", TokenFault.Form },
        { """{"enc":"A256GCM"/**/,"alg":"dir"}""", TokenFault.Form },
        { """{'enc':'A256GCM','alg':'dir'}""", TokenFault.Form },
        { """{"enc":"A256GCM","alg":"\ud800"}""", TokenFault.Form },
        { """["A256GCM","dir"]""", TokenFault.Form },
        { "\uFEFF" + JoseTokens.ContractHeader, TokenFault.Form },
        { "null", TokenFault.Form },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_token_of_another_form_is_refused(string name, string token, TokenFault expected)
    {
        using var keys = TestTokens.Keys(TestTokens.Key);
        Assert.True(TokenReader.Read(keys, token, out var claims) == expected, name);
        Assert.Equal(default, claims);
    }

    [Theory]
    [MemberData(nameof(Headers))]
    public void An_authentic_token_with_another_header_is_taken_only_where_the_header_says_the_same(string header, TokenFault expected)
    {
        using var keys = TestTokens.Keys(TestTokens.Key);
        Assert.Equal(expected, TokenReader.Read(keys, TestTokens.SealWith(header), out _));
    }

    [Fact]
    public void A_header_that_is_not_UTF8_or_is_huge_is_refused()
    {
        using var keys = TestTokens.Keys(TestTokens.Key);
        var utf16 = TestTokens.SealWithBytes(Encoding.Unicode.GetBytes(JoseTokens.ContractHeader));
        var latin1 = TestTokens.SealWithBytes([.. "{\"enc\":\"A256GCM\",\"alg\":\"dir\",\""u8, 0xe9, .. "\":1}"u8]);
        var padded = TestTokens.SealWith(JoseTokens.ContractHeader + new string(' ', 2_000));
        Assert.Equal(TokenFault.Form, TokenReader.Read(keys, utf16, out _));
        Assert.Equal(TokenFault.Form, TokenReader.Read(keys, latin1, out _));
        Assert.Equal(TokenFault.Header, TokenReader.Read(keys, padded, out _));
    }

    [Fact]
    public void A_nested_unsecured_token_is_not_claims()
    {
        var inner = $"eyJhbGciOiJub25lIn0.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(TestTokens.Claims))}.";
        using var keys = TestTokens.Keys(TestTokens.Key);
        Assert.Equal(TokenFault.ClaimsForm, TokenReader.Read(keys, TestTokens.Seal(inner), out _)); // N36
    }

    [Fact]
    public void The_longest_token_is_read_and_one_character_more_is_not()
    {
        using var keys = TestTokens.Keys(TestTokens.Key);
        var longest = SealOfLength(CompactJwe.TokenMax);
        Assert.Equal(TokenFault.None, TokenReader.Read(keys, longest, out var claims));
        Assert.Equal(2001, claims.Program);
        Assert.Equal(TokenFault.Size, TokenReader.Read(keys, longest + "A", out _));
        Assert.Equal(TokenFault.Size, TokenReader.Read(keys, Encoding.ASCII.GetBytes(longest + "A"), out _));
        Assert.Equal(TokenFault.None, TokenReader.Read(keys, Encoding.ASCII.GetBytes(longest), out _));
    }

    private static string With(int part, string text) =>
        string.Join('.', Good.Select((old, i) => i == part ? text : old));

    // The next character has the same significant bits and one more that decoding throws away.
    private static string StrayBit(string base64Url)
    {
        Assert.NotEqual(0, base64Url.Length % 4);
        const string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        return base64Url[..^1] + alphabet[alphabet.IndexOf(base64Url[^1], StringComparison.Ordinal) + 1];
    }

    private static string StrayCiphertext()
    {
        var length = Encoding.UTF8.GetByteCount(TestTokens.Claims);
        var parts = TestTokens.Seal(TestTokens.Claims + new string(' ', length % 3 == 0 ? 1 : 0)).Split('.');
        parts[3] = StrayBit(parts[3]);
        return string.Join('.', parts);
    }

    private static string SealOfLength(int length)
    {
        var claims = TestTokens.Claims;
        while (TestTokens.Seal(claims).Length < length)
        {
            claims += new string(' ', Math.Max(1, (length - TestTokens.Seal(claims).Length) / 4 * 3));
        }

        var token = TestTokens.Seal(claims);
        Assert.Equal(length, token.Length);
        return token;
    }
}
