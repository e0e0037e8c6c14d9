// The engine as the executable gets it: registered, with a user's grain behind the contract, drained by the host.
using BankEzy.Sessions.Silo.Engine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BankEzy.Sessions.Tests.Engine;

public sealed class EngineSetupTests
{
    [Fact]
    public async Task Every_call_of_the_contract_reaches_the_grain_of_its_key()
    {
        var (provider, _) = Services();
        var user = provider.GetRequiredService<IGrainFactory>().GetGrain<IUserGrain>("2001-1");
        Assert.Equal(1, (await user.StartSession(null!)).Version);
        Assert.Equal(2, (await user.SignOut(null!)).Version);
        Assert.Equal(Standing.Live, (await user.Inspect(null!)).Standing);
        Assert.Equal(DateTimeOffset.UnixEpoch, (await user.ExpireDue(null!)).NextDue);
        Assert.Equal(6, (await user.AcknowledgeNotices(null!)).Version);
        Assert.Equal(5, (await user.View(DateTimeOffset.UnixEpoch)).Version);
    }

    [Fact]
    public async Task The_host_drains_the_engine_when_it_stops()
    {
        var (provider, ended) = Services();
        await provider.GetRequiredService<IGrainFactory>().GetGrain<IUserGrain>("2001-2").SignOut(null!);
        foreach (var service in provider.GetServices<IHostedService>())
        {
            await service.StopAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(["2001-2 ShuttingDown"], ended);
        Assert.Equal(0, provider.GetRequiredService<EmbeddedEngine>().Resident);
    }

    [Fact]
    public async Task A_call_that_ends_at_once_allocates_nothing_of_the_engines()
    {
        var (provider, _) = Services();
        var user = provider.GetRequiredService<IGrainFactory>().GetGrain<IUserGrain>("2001-3");
        await user.SignOut(null!);
        var least = long.MaxValue;
        for (var round = 0; round < 20 && least > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var call = user.SignOut(null!);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            await call;
        }

        Assert.Equal(0, least);
    }

    private static (ServiceProvider Provider, List<string> Ended) Services()
    {
        List<string> ended = [];
        var services = new ServiceCollection().AddSingleton<TimeProvider>(new FakeTime()).AddLogging();
        return (services.UseGrains(_ => new EchoUser(ended)).BuildServiceProvider(), ended);
    }

    private sealed class EchoUser(List<string> ended) : Grain, IUserGrain
    {
        public ValueTask<StartReply> StartSession(StartSession command) => new(new StartReply(StartOutcome.Started, 1));

        public ValueTask<SignOutReply> SignOut(SignOut command) => new(new SignOutReply(SignOutOutcome.SignedOut, 2));

        public ValueTask<InspectReply> Inspect(Inspect query) => new(new InspectReply(Standing.Live, default, default));

        public ValueTask<ExpireReply> ExpireDue(ExpireDue command) => new(new ExpireReply(DateTimeOffset.UnixEpoch));

        public ValueTask<UserView> View(DateTimeOffset at) => new(new UserView(5, [], []));

        public ValueTask<AcknowledgeReply> AcknowledgeNotices(AcknowledgeNotices command) => new(new AcknowledgeReply(default, 6));

        public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
        {
            ended.Add($"{this.GetPrimaryKeyString()} {reason.ReasonCode}");
            return Task.CompletedTask;
        }
    }
}
