// Three processes write the streams of the same users at once: the version check is the only fence, and it holds.
using BankEzy.Sessions.Tests.EventStore;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class RacingProcessesTests(PostgresServer server)
{
    private const int Racers = 3;
    private const int Appends = 100_000;
    private const int Users = 1_000;
    private const int ConflictsMin = 2_000;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_thousand_racing_appends_are_each_stored_once_and_the_chain_of_every_user_is_whole()
    {
        using var log = new PostgresLogs(server);
        var racers = await Task.WhenAll(Enumerable.Range(0, Racers).Select(number =>
            RacerProcess.Start(log.ConnectionString, number, Racers, Appends, Users)));
        (int Appended, int Conflicts)[] ended;
        try
        {
            ended = await Task.WhenAll(racers.Select(racer => racer.Run(Stop))).WaitAsync(Nodes.Patience, Stop);
        }
        finally
        {
            Array.ForEach(racers, racer => racer.Dispose());
        }

        Assert.Equal(Appends, ended.Sum(racer => racer.Appended));
        var conflicts = ended.Sum(racer => racer.Conflicts);
        Assert.True(conflicts >= ConflictsMin, $"Only {conflicts} conflicts: nothing was proven.");
        var feed = await log.Open().ReadWholeFeed(10_000);
        Assert.Equal(Enumerable.Range(0, Appends), feed.Select(stored => stored.Command).Select(TurnOf).Order());
        Assert.Equal(Users, Nodes.Prove(feed).Count);
    }

    private static int TurnOf(CommandId command) => BitConverter.ToInt32(command.Value.ToByteArray());
}
