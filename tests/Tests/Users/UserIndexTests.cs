// Which appends carry keys: those that start or adopt a session, and no others.
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Users;

public sealed class UserIndexTests
{
    private static readonly SearchKeys Keys = UserUnderTest.Keys;

    private readonly FakeStore store = new();

    [Fact]
    public async Task A_session_is_indexed_by_its_start_and_a_device_by_its_first_one()
    {
        var user = new UserUnderTest(store);
        await user.Start(Report(First, Phone));
        await user.Start(Report(Second, Tablet, 1));
        await user.Start(Report(Third, Phone, 2));
        Assert.Equal(
            [[Keys.Of(First), Keys.Of(Phone)], [Keys.Of(Second), Keys.Of(Tablet)], [Keys.Of(Third)]],
            store.Appends.Select(append => append.Keys));
    }

    [Fact]
    public async Task Sign_outs_uses_renewals_expiries_and_acknowledgements_touch_no_index()
    {
        var user = new UserUnderTest(store);
        await user.Start(Report(First, Phone));
        await user.Start(Report(Second, Tablet, 1));
        await user.Start(Report(Second, Tablet, 2));
        await user.SignOut(Leave(First, Phone, Mode.Device, 3));
        await user.Acknowledge(Show(Second, 4, 4));
        await user.SignOut(Leave(Second, Tablet, Mode.Pin, 5));
        Assert.Equal(6, store.Appends.Count);
        Assert.All(store.Appends.Skip(2), append => Assert.Empty(append.Keys));
    }

    [Fact]
    public async Task A_session_that_its_own_sign_out_adopts_is_indexed_by_it()
    {
        var user = new UserUnderTest(store);
        await user.SignOut(Leave(First, Phone, Mode.Pin));
        Assert.Equal([Keys.Of(First), Keys.Of(Phone)], Assert.Single(store.Appends).Keys);
    }

    [Fact]
    public void Keys_differ_by_kind_by_id_and_by_the_services_own_key()
    {
        var same = DeviceId.Parse(First.Value.ToString("N"), "7971");
        var other = new SearchKeys(new UserKey([.. Enumerable.Range(2, 32).Select(number => (byte)number)]));
        IndexKey[] all = [Keys.Of(First), Keys.Of(same), Keys.Of(Second), Keys.Of(Phone), other.Of(First)];
        Assert.Equal(all.Distinct(), all);
        Assert.Equal(Keys.Of(same), Keys.Of(same with { Label = 1 }));
        Assert.NotEqual(new IndexKey(same.Hash), Keys.Of(same));
    }
}
