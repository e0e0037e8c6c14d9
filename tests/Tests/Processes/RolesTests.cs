// Front ends and silos as processes of their own: what they do together, and what the cluster does once.
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class RolesTests(PostgresServer server) : IDisposable
{
    private readonly OrleansNodes _cluster = new(server);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task A_notice_reaches_a_phone_on_one_front_end_when_the_sign_out_came_to_another()
    {
        await _cluster.Start("silo");
        var (one, other) = (await _cluster.Start("api"), await _cluster.Start("api"));
        await one.UntilReady();
        await other.UntilReady();
        var phone = await one.SignIn(ServiceProcess.NewVisitor());
        var tablet = await other.SignIn(phone.Elsewhere());
        using var stream = await one.Listen(tablet);
        await other.LogoutForSure(phone, "2");
        var notice = (await stream.NextEvent())!;
        Assert.Equal(("3", "device-signed-out"), (notice.Id, notice.Event));
        Assert.Equal(NodeCalls.Inactive, (await one.Ask(phone)).Body);
    }

    [Fact]
    public async Task A_session_that_nobody_asks_about_expires_once_also_after_the_silo_that_swept_is_gone()
    {
        (string, string) limit = ("Sessions__Programs__2001__AbsoluteTimeout", "00:00:02");
        var (sweeper, one, other) = (
            await _cluster.Start("all", limit), await _cluster.Start("all", limit), await _cluster.Start("all", limit));
        await one.UntilReady();
        var visitor = await one.SignIn(ServiceProcess.NewVisitor());
        await sweeper.Kill();
        IReadOnlyList<string> events = [];
        await Wait.Until(
            async () => (events = await other.Timeline(visitor.Account)).Count > 1, () => "The session does not expire.");
        Assert.Equal(["session-started.v1", "session-expired.v1"], events);
    }
}
