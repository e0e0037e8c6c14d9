// Keys: which are taken, what an operator learns about the others, and how several of them work together.
using System.Buffers.Text;
using System.Text;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Tests.Api.Tokens;

public sealed class TokenKeysTests
{
    private static readonly string One = Base64Url.EncodeToString(TestTokens.Key);
    private static readonly string Other = Base64Url.EncodeToString(TestTokens.OtherKey);

    public static TheoryData<string[], string> Refused => new()
    {
        { [], "no key" },
        { [One, Other, new string('A', 42) + "E"], "at most 2" },
        { [One, One], "the same" },
        { [""], "key 0 is empty" },
        { [One + "="], "padded" },
        { ["++++" + One[4..]], "base64url" },
        { [One, " " + Other], "key 1 has characters" },
        { [Base64Url.EncodeToString(TestTokens.Key.AsSpan(1))], "42 characters" },
        { [Base64Url.EncodeToString([1, .. TestTokens.Key])], "44 characters" },
        { [Convert.ToHexString(TestTokens.Key)], "64 characters" },
        { ["correct-horse-battery-staple"], "28 characters" },
        { [new string('A', 43)], "zeros" },
        { [One[..^1] + "9"], "cut or mistyped" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_wrong_key_is_refused_without_being_shown(string[] texts, string says)
    {
        Assert.False(TokenKeys.TryParse(texts, out var keys, out var fault));
        Assert.Null(keys);
        Assert.Contains(says, fault, StringComparison.Ordinal);
        Assert.DoesNotContain(texts, text => text.Length >= 8 && fault.Contains(text[^8..], StringComparison.Ordinal));
    }

    [Fact]
    public void The_older_key_still_opens_and_a_foreign_one_does_not()
    {
        var token = TestTokens.Seal(TestTokens.Claims);
        using var rotated = TestTokens.Keys(TestTokens.OtherKey, TestTokens.Key);
        using var foreign = TestTokens.Keys(TestTokens.OtherKey);
        Assert.Equal(2, rotated.Count);
        Assert.Equal(TokenFault.None, TokenReader.Read(rotated, token, out _));
        Assert.Equal(TokenFault.Authenticity, TokenReader.Read(foreign, token, out _));
    }

    [Fact]
    public void A_token_that_fails_leaves_nothing_of_its_claims()
    {
        var token = Encoding.ASCII.GetBytes(TestTokens.Seal(TestTokens.Claims));
        token[^5] ^= 1;
        var plaintext = new byte[CompactJwe.PlaintextMax];
        using var keys = TestTokens.Keys(TestTokens.Key);
        Assert.Equal(TokenFault.Authenticity, CompactJwe.Open(keys, token, plaintext, out var length));
        Assert.Equal(0, length);
        Assert.True(plaintext.All(value => value == 0));
    }

    [Fact]
    public void Many_threads_share_keys()
    {
        using var keys = TestTokens.Keys(TestTokens.OtherKey, TestTokens.Key);
        Parallel.For(0, 400, i =>
        {
            var token = TestTokens.Seal(TestTokens.ClaimsWith("USER_ID", $"{i}"));
            Assert.Equal(TokenFault.None, TokenReader.Read(keys, token, out var claims));
            Assert.Equal((ulong)i, claims.UserNumber);
        });
    }

    [Fact]
    public void Disposed_keys_open_nothing()
    {
        var keys = TestTokens.Keys(TestTokens.Key);
        keys.Dispose();
        Assert.Throws<ObjectDisposedException>(() => TokenReader.Read(keys, TestTokens.Seal(TestTokens.Claims), out _));
    }

    [Fact]
    public void Opening_allocates_nothing_and_reading_only_the_account()
    {
        var token = Encoding.ASCII.GetBytes(TestTokens.Seal(TestTokens.Claims));
        var plaintext = new byte[CompactJwe.PlaintextMax];
        using var keys = TestTokens.Keys(TestTokens.Key);
        CompactJwe.Open(keys, token, plaintext, out _);
        TokenReader.Read(keys, token, out var claims);

        var before = GC.GetAllocatedBytesForCurrentThread();
        CompactJwe.Open(keys, token, plaintext, out _);
        var opened = GC.GetAllocatedBytesForCurrentThread();
        TokenReader.Read(keys, token, out _);
        var read = GC.GetAllocatedBytesForCurrentThread();
        _ = new string('1', claims.Account!.Length);
        var named = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(0, opened - before);
        Assert.Equal(named - read, read - opened);
    }
}
