// A lock ends at one time, that of the log's own clock: a node whose clock is minutes ahead lets nobody in before it.
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class LockClockTests
{
    [Theory]
    [InlineData(3)] // the node's clock is ahead
    [InlineData(0)] // it is behind
    public async Task A_lock_ends_by_the_clock_of_the_log_and_not_by_that_of_the_node(int minutesOfTheNode)
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        var until = service.Time.GetUtcNow().AddMinutes(2);
        var locked = await service.Manage("/internal/lock/v1", $$"""
            {"program":2001,"account":"{{visitor.Account}}","reason":"test","requestId":"{{Visitor.NewId()}}",
            "until":"{{until:yyyy-MM-dd'T'HH:mm:ss'Z'}}"}
            """);
        Assert.True(locked.Status == 200, locked.Body);
        service.Time.Advance(TimeSpan.FromMinutes(minutesOfTheNode));

        service.Store.Clock = until.AddMilliseconds(-1);
        Assert.Equal(409, (await service.Report(service.Know(visitor.Again()))).Status);
        service.Store.Clock = until;
        Assert.Equal(201, (await service.Report(service.Know(visitor.Again()))).Status);
    }
}
