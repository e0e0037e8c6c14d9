// Sessions that end by themselves, also those of users whom nobody asks about.
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Tests.Api;

public sealed class ExpirySweepTests
{
    [Fact]
    public async Task An_expired_session_gets_its_event_once_and_is_not_active_any_more()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        service.Time.Advance(TimeSpan.FromMinutes(30));
        await Sweep(service);
        Assert.Equal(["session-started.v1"], await service.EventsOf(visitor)); // the leeway is still to come

        service.Time.Advance(TimeSpan.FromMinutes(2)); // the leeway, and the minute by which a store may round up
        await Sweep(service);
        await Sweep(service);
        Assert.Equal(["session-started.v1", "session-expired.v1"], await service.EventsOf(visitor));
        var byId = await service.IntrospectById(visitor);
        Assert.Equal("{\"active\":false}", byId.Body);
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", visitor.LoginToken))).Body);
    }

    [Fact]
    public async Task An_idle_limit_ends_a_session_that_is_not_used()
    {
        await using var service = await ServiceUnderTest.Start("--Sessions:Programs:2001:IdleTimeout=00:10:00");
        var (used, idle) = (await service.SignIn(), await service.SignIn());
        service.Time.Advance(TimeSpan.FromMinutes(8));
        Assert.Equal(200, (await service.Sessions(used.LoginToken)).Status);
        service.Time.Advance(TimeSpan.FromMinutes(6));
        await Sweep(service);
        Assert.Equal(["session-started.v1", "session-used.v1"], await service.EventsOf(used));
        Assert.Equal(["session-started.v1", "session-expired.v1"], await service.EventsOf(idle));
        Assert.Equal(401, (await service.Logout(idle)).Status);
        Assert.Equal(401, (await service.Sessions(idle.LoginToken)).Status);
        Assert.Equal(200, (await service.Logout(used)).Status);
    }

    [Fact]
    public async Task A_stream_that_cannot_be_read_does_not_keep_the_others_from_expiring()
    {
        await using var service = await ServiceUnderTest.Start();
        var (damaged, sound) = (await service.SignIn(), await service.SignIn());
        await service.Restart(); // nobody holds the damaged user's state any more
        service.Store.Damaged = damaged.User.Stream;
        service.Time.Advance(TimeSpan.FromMinutes(32));
        await Sweep(service);
        Assert.Equal(["session-started.v1", "session-expired.v1"], await service.EventsOf(sound));
        Assert.Contains(service.Log.Lines, line => line.Level == LogLevel.Error);

        service.Store.Damaged = null;
        await Sweep(service);
        Assert.Equal(["session-started.v1", "session-expired.v1"], await service.EventsOf(damaged));
    }

    internal static Task Sweep(ServiceUnderTest service) =>
        service.App.Services.GetServices<IHostedService>().OfType<ExpirySweep>().Single().Sweep(CancellationToken.None);
}
