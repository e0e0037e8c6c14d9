// Ids that stand in the log for as long as it lives: their values are fixed here, computed by another program.
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Users;

public sealed class IdsTests
{
    private static readonly UserKey Key = new([.. Enumerable.Range(0, 32).Select(number => (byte)number)]);

    [Theory]
    [InlineData(2001, "100", "user-2001-59440f31cb67ee72a1bce684c046925c")]
    [InlineData(7, "99999999999999999999", "user-7-4f18912dd251a1f045df30f34f086c65")]
    public void A_user_s_id_is_the_HMAC_of_the_account(int program, string account, string id)
    {
        Assert.True(Key.TryCreate(program, account, out var user));
        Assert.Equal((id, program), (user.Stream, user.Program));
    }

    [Theory]
    [InlineData(2001, "")]
    [InlineData(2001, "0100")]
    [InlineData(2001, "1e3")]
    [InlineData(2001, "-1")]
    [InlineData(2001, "١")]
    [InlineData(2001, "100000000000000000000")]
    [InlineData(0, "100")]
    [InlineData(-1, "100")]
    public void What_is_no_account_or_program_names_nobody(int program, string account) =>
        Assert.False(Key.TryCreate(program, account, out _));

    [Fact]
    public void Another_key_has_another_fingerprint_and_names_other_users()
    {
        var other = new UserKey(new byte[UserKey.Size]);
        Assert.True(Key.TryCreate(2001, "100", out var one) && other.TryCreate(2001, "100", out var two) && one != two);
        Assert.NotEqual(Key.Fingerprint, other.Fingerprint);
        Assert.NotEqual(Key.Derive("snapshots"), Key.Derive("fingerprint"));
        Assert.Throws<ArgumentException>(() => new UserKey(new byte[31]));
    }

    [Fact]
    public void Command_ids_follow_from_kind_session_and_number() => Assert.Equal(
        [
            "53135d75-e7c6-4a6f-bf72-01eb931bdb82", "f13516d6-375e-1911-5522-a911dec254d8", "ed1c2288-060b-3094-09b2-c6c9f8a27c98",
            "d2ed965a-4102-56f4-0126-8c472538792f", "bb5b114f-5bfd-1493-2677-d1922364e9e5",
        ],
        [
            $"{CommandId.Start(First)}", $"{CommandId.SignOutSession(First)}", $"{CommandId.SignOutDevice(First)}",
            $"{CommandId.Renew(First, Minute(0))}", $"{CommandId.Acknowledge(First, 7)}",
        ]);
}
