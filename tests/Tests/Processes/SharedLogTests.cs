// Several nodes on one log: what one of them has answered holds on all of them at once.
using System.Text.Json;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using static BankEzy.Sessions.Tests.Processes.NodeCalls;

namespace BankEzy.Sessions.Tests.Processes;

public sealed class ThreeNodes(PostgresServer server) : IAsyncDisposable
{
    private Task<Nodes>? _started;

    // By the first test that needs them: a fixture cannot say that PostgreSQL is missing.
    internal Task<Nodes> Start() => _started ??= Nodes.Start(server, 3);

    public async ValueTask DisposeAsync()
    {
        if (_started is { IsCompletedSuccessfully: true })
        {
            await (await _started).DisposeAsync();
        }
    }
}

[Collection(PostgresNodesCollection.Name)]
public sealed class SharedLogTests(ThreeNodes three) : IClassFixture<ThreeNodes>
{
    [Fact]
    public async Task A_device_hears_on_one_node_of_a_sign_out_on_another()
    {
        var nodes = await three.Start();
        var phone = await nodes[0].SignIn(ServiceProcess.NewVisitor());
        var tablet = await nodes[1].SignIn(phone.Elsewhere());
        using var stream = await nodes[1].Listen(tablet);
        var earliest = TimeProvider.System.GetUtcNow().AddMilliseconds(-1); // The log has whole milliseconds.
        await nodes[0].LogoutForSure(phone, "2");
        var notice = (await stream.NextEvent())!;
        Assert.Equal(("3", "device-signed-out"), (notice.Id, notice.Event));
        using var said = JsonDocument.Parse(notice.Data!);
        var data = said.RootElement;
        Assert.Equal(
            ($"****{phone.Account[^4..]}", phone.Device[^4..], 2, 3),
            (data.GetProperty("account").GetString(), data.GetProperty("device").GetString(), data.GetProperty("mode").GetInt32(),
                data.GetProperty("version").GetInt32()));
        Assert.InRange(data.GetProperty("at").GetDateTimeOffset(), earliest, TimeProvider.System.GetUtcNow());

        // The next one comes on the same stream, and is the next one: nothing was said twice.
        var again = await nodes[1].SignIn(phone.Again());
        await nodes[0].LogoutForSure(again, "2");
        Assert.Equal("5", (await stream.NextEvent())!.Id);
    }

    [Theory]
    [InlineData("1", "signed-out")]
    [InlineData("2", "device-signed-out")]
    public async Task A_stream_says_that_its_own_session_was_ended_on_another_node_and_closes(string mode, string reason)
    {
        var nodes = await three.Start();
        var phone = await nodes[0].SignIn(ServiceProcess.NewVisitor());
        using var stream = await nodes[1].Listen(phone);
        await nodes[0].LogoutForSure(phone, mode);
        var end = (await stream.NextEvent())!;
        Assert.Equal(("2", "session-ended", reason), (end.Id, end.Event, FieldOf(end.Data!, "reason")));
        Assert.Null(await stream.Next());
    }

    [Fact]
    public async Task No_read_that_begins_after_the_200_of_one_node_finds_the_session_alive_on_another()
    {
        const int workers = 8, usersOfWorker = 20;
        var nodes = await three.Start();
        await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
        {
            for (var number = 0; number < usersOfWorker; number++)
            {
                var (here, there) = (nodes[(worker + number) % 3], nodes[(worker + number + 1) % 3]);
                await SignOutUnderReads(await here.SignIn(ServiceProcess.NewVisitor()), here, there);
            }
        })));
    }

    [Theory]
    [InlineData("1", true)]
    [InlineData("2", true)]
    [InlineData("1", false)]
    [InlineData("2", false)]
    public async Task Of_64_identical_sign_outs_on_three_nodes_each_gets_the_same_200_and_one_is_stored(string mode, bool isReported)
    {
        const int requests = 64, rounds = 4;
        var nodes = await three.Start();
        var streams = new List<string>();
        for (var round = 0; round < rounds; round++)
        {
            var visitor = ServiceProcess.NewVisitor();
            streams.Add(visitor.User.Stream);
            if (isReported)
            {
                await nodes[round % 3].SignIn(visitor);
            }

            var bytes = RawLogout.Of(visitor).Saying(visitor.Body(mode)).ToBytes();
            var connections = await Task.WhenAll(Enumerable.Range(0, requests).Select(number =>
                RawConnection.Open(nodes[number % 3].Public)));
            await Task.WhenAll(connections.Select(connection => connection.Send(bytes)));
            var answers = await Task.WhenAll(connections.Select(connection => connection.Read()));
            Array.ForEach(connections, connection => connection.Dispose());
            Assert.All(answers, answer => Assert.Equal((200, ServiceUnderTest.Success), (answer.Status, answer.Body)));
            Assert.Single(answers.Select(answer => answer.Fixed).Distinct());
        }

        var log = await nodes.ReadLog();
        var end = mode == "1" ? "session-signed-out.v1" : "device-signed-out.v1";
        Assert.All(streams, stream => Assert.Equal(["session-started.v1", end], log[stream].Select(stored => stored.Name)));
    }

    // Readers ask the other node all the while; each read knows whether it began after the 200.
    private static async Task SignOutUnderReads(Visitor visitor, ServiceProcess here, ServiceProcess there)
    {
        const int readers = 3, readsAfter = 3;
        Assert.StartsWith("{\"active\":true,", (await Patiently(() => there.Ask(visitor))).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await Patiently(() => there.Sessions(visitor))).Status);
        var isOut = false;
        var reading = Enumerable.Range(0, readers).Select(reader => Task.Run(async () =>
        {
            for (var left = readsAfter; left > 0;)
            {
                var mustBeOut = Volatile.Read(ref isOut);
                var answer = await Patiently(() => reader % 2 == 0 ? there.Ask(visitor) : there.AskById(visitor));
                Assert.Equal(200, answer.Status);
                Assert.True(answer.Body == Inactive || !mustBeOut, $"A read after the 200 said {answer.Body}");
                left -= mustBeOut ? 1 : 0;
            }
        })).ToList();
        await here.LogoutForSure(visitor);
        var first = Patiently(() => there.Ask(visitor));
        var second = Patiently(() => there.Sessions(visitor));
        Volatile.Write(ref isOut, true);
        Assert.Equal(Inactive, (await first).Body);
        Assert.Equal(401, (await second).Status);
        await Task.WhenAll(reading);
    }
}
