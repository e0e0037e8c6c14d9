// What holds for all tokens: what is sealed is opened, what is changed is refused, and nothing makes the reader throw.
using System.Text;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace BankEzy.Sessions.Tests.Api.Tokens;

public sealed class TokenPropertyTests
{
    [Fact]
    public void What_was_sealed_is_opened()
    {
        using var keys = TestTokens.Keys(TestTokens.Key);
        Prop.ForAll<byte[]>(claims =>
        {
            var token = Encoding.ASCII.GetBytes(JoseTokens.Seal(TestTokens.Key, claims));
            var plaintext = new byte[claims.Length];
            return CompactJwe.Open(keys, token, plaintext, out var length) == TokenFault.None
                && length == claims.Length && plaintext.AsSpan().SequenceEqual(claims);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_change_of_one_character_is_refused()
    {
        using var keys = TestTokens.Keys(TestTokens.Key);
        var good = Encoding.ASCII.GetBytes(TestTokens.Seal("""{"PROGRAM_ID":2001,"iat":1,"exp":2}"""));
        Assert.Equal(TokenFault.None, TokenReader.Read(keys, good, out _));
        for (var at = 0; at < good.Length; at++)
        {
            foreach (var other in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\0\u00e9"u8)
            {
                var changed = good.ToArray();
                changed[at] = other;
                Assert.True(other == good[at] || TokenReader.Read(keys, changed, out _) != TokenFault.None, $"{(char)other} at {at}");
            }

            Assert.NotEqual(TokenFault.None, TokenReader.Read(keys, [.. good[..at], .. good[(at + 1)..]], out _));
            Assert.NotEqual(TokenFault.None, TokenReader.Read(keys, [.. good[..at], (byte)'A', .. good[at..]], out _));
        }
    }

    [Fact]
    public void Any_bytes_are_answered()
    {
        using var keys = TestTokens.Keys(TestTokens.Key);
        Prop.ForAll<byte[]>(bytes => TokenReader.Read(keys, bytes, out _) != TokenFault.None).QuickCheckThrowOnFailure();
        Prop.ForAll<byte[]>(bytes => ClaimsReader.Read(bytes, out _) != TokenFault.None).QuickCheckThrowOnFailure();
        Prop.ForAll<NonNull<string>>(text => TokenReader.Read(keys, text.Get, out _) != TokenFault.None).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_claims_that_look_like_JSON_are_answered()
    {
        string[] pieces = ["{", "}", "[", "]", ",", ":",
            "\"exp\"", "\"iat\"", "\"PROGRAM_ID\"", "\"\\u0065xp\"", "\"\\ud800\"", "1", "-1", "2.5", "null"];
        var json = Gen.Elements(pieces).ArrayOf().Select(string.Concat).ToArbitrary();
        Prop.ForAll(json, text => Enum.IsDefined(ClaimsReader.Read(Encoding.UTF8.GetBytes("{" + text), out _)))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }
}
