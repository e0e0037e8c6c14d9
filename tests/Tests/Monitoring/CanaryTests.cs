// The canary against the real service: it finds that all is well, and when a node does not refuse, cannot be reached or refuses it, it says
// which step was not right.
using BankEzy.Sessions.Silo.Canary;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Monitoring;

public sealed class CanaryTests
{
    private const string On = "--Sessions:Programs:2001:Canary=true";

    [Fact]
    public async Task A_run_signs_in_twice_signs_out_is_notified_and_leaves_nothing_owed()
    {
        await using var service = await ServiceUnderTest.Start(On);
        await Round(service);
        Assert.DoesNotContain(service.Log.Lines, line => line.Text.StartsWith("evt=canary.failed", StringComparison.Ordinal));
        var grains = service.App.Services.GetRequiredService<BankEzy.Sessions.Api.UserGrains>();
        var view = await grains.Find(Visitor.UserOf(CanaryRun.Account)).View(service.Time.GetUtcNow());
        Assert.Empty(view.Sessions);
        Assert.Empty(view.Notices);
        Assert.Equal(5, await service.LogLength());
        await Round(service); // and again: device-based sign-in, which the sign-out has switched off, does not matter to it
        Assert.Equal(10, await service.LogLength());
    }

    [Fact]
    public async Task The_silo_runs_it_at_its_interval_and_a_node_that_cannot_be_reached_is_a_failed_run()
    {
        await using var service = await ServiceUnderTest.Start(
            On, "--Sessions:Canary:Nodes:0=http://127.0.0.1:1", "--Sessions:Canary:Interval=00:00:10");
        await Wait.Until(
            () =>
            {
                service.Time.Advance(TimeSpan.FromSeconds(10));
                return service.Log.Lines.Any(line => line.Text.Contains("evt=canary.failed program=2001", StringComparison.Ordinal));
            },
            () => "The canary never ran.");
    }

    [Fact]
    public async Task A_node_whose_port_is_closed_is_left_out_as_long_as_another_one_answers()
    {
        var port = new Uri("http://127.0.0.1:1");
        await using var service = await ServiceUnderTest.Start(On);
        var settings = service.App.Services.GetRequiredService<Settings>();
        var program = settings.Programs.Single();
        using var http = new HttpClient();
        var tokens = service.App.Services.GetRequiredService<BankEzy.Sessions.Api.Simulator.SimulatorTokens>();
        var targets = new CanaryTargets(service.Public, [port, service.Management], ServiceUnderTest.ManagementKey);
        var result = await new CanaryRun(http, targets, tokens, program).Run(TestContext.Current.CancellationToken);
        Assert.InRange(result.RefusedAfter, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.InRange(result.NotifiedAfter, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_wrong_key_and_a_store_that_is_away_are_named_by_the_step()
    {
        await using var wrongKey = await ServiceUnderTest.Start(On, "--Sessions:Canary:Key=no key of this service");
        await Round(wrongKey);
        Assert.Contains(wrongKey.Log.Lines, line => line.Text.Contains("report a sign-in: ", StringComparison.Ordinal)
            && line.Text.Contains("answered 401", StringComparison.Ordinal));

        await using var storeDown = await ServiceUnderTest.Start(On);
        storeDown.Store.IsDown = true;
        await Round(storeDown);
        storeDown.Store.IsDown = false;
        Assert.Contains(storeDown.Log.Lines, line => line.Text.Contains("answered 503", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--Sessions:Canary:Nodes:0=ftp://node", "Sessions__Canary__Nodes must be http://host:port")]
    [InlineData("--Sessions:Canary:PublicUrl=http://node/path", "Sessions__Canary__PublicUrl must be http://host:port")]
    [InlineData("--Sessions:Canary:Interval=00:00:01", "Sessions__Canary__Interval must be a time")]
    [InlineData("--Sessions:Programs:2001:MaxSessions=1", "Sessions__Programs__2001__MaxSessions of at least 2")]
    public async Task A_setting_that_cannot_work_stops_the_start(string setting, string fault)
    {
        var thrown = await Assert.ThrowsAsync<SettingsException>(async () =>
        {
            await using var service = await ServiceUnderTest.Start(On, setting);
        });
        Assert.Contains(fault, thrown.Message, StringComparison.Ordinal);
    }

    private static Task Round(ServiceUnderTest service) =>
        service.App.Services.GetRequiredService<CanaryService>().Round(TestContext.Current.CancellationToken);
}
