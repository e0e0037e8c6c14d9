// A node all of whose slots are taken: what waits, what is refused, and that no way of ending keeps a slot.
using System.Collections.Concurrent;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Api;

public sealed class FullNodeTests
{
    private const string OneSlot = "--Sessions:Public:ConcurrentRequestsMax=1";

    [Fact]
    public async Task On_a_full_node_a_request_waits_for_a_moment_and_is_refused_after_it()
    {
        await using var service = await ServiceUnderTest.Start(OneSlot);
        var visitor = await service.SignIn();
        var (first, goOn) = await service.LogoutOnHold(visitor);
        var second = service.Ask(RawLogout.Of(visitor));
        await PassWaitMax(service, waiting: 1);
        Assert.Equal((503, "1", "overload"), ((await second).Status, (await second).Header("Retry-After"), service.Log.Codes[^1]));

        // One line a second, which counts those that were left out.
        var more = Enumerable.Range(0, 5).Select(_ => service.Ask(RawLogout.Of(visitor))).ToList();
        await PassWaitMax(service, waiting: 5);
        Assert.All(await Task.WhenAll(more), reply => Assert.Equal(503, reply.Status));
        Assert.Single(service.Log.Codes, "overload");
        var last = service.Ask(RawLogout.Of(visitor));
        await PassWaitMax(service, waiting: 1);
        Assert.Equal(503, (await last).Status);
        Assert.Contains("left_out=5 ", service.Log.Refusals[^1], StringComparison.Ordinal);

        // Who still waits when the first one ends is served.
        var patient = service.Ask(RawLogout.Of(visitor));
        await Waiting(service, 1);
        goOn.SetResult();
        Assert.Equal((200, 200), ((await first).Status, (await patient).Status));
        Assert.Equal(200, (await service.Ask(RawLogout.Of(visitor))).Status);
    }

    [Fact]
    public async Task A_slow_sender_of_a_body_keeps_nobody_out()
    {
        await using var service = await ServiceUnderTest.Start(OneSlot);
        var (slow, quick) = (await service.SignIn(), await service.SignIn());
        var request = RawLogout.Of(slow).With("Expect: 100-continue").ToBytes();
        using var connection = await RawConnection.Open(service.Public);
        await connection.Send(request[..^20]);
        await connection.ReadInterim(); // the service is reading the body now
        Assert.Equal(200, (await service.Ask(RawLogout.Of(quick))).Status);
        await connection.Send(request[^20..]);
        Assert.Equal(200, (await connection.Read()).Status);
    }

    [Fact]
    public async Task A_body_that_comes_after_its_head_to_a_full_node_waits_and_is_refused_like_a_whole_request()
    {
        await using var service = await ServiceUnderTest.Start(OneSlot);
        var (first, second) = (await service.SignIn(), await service.SignIn());
        var request = RawLogout.Of(second).With("Expect: 100-continue").ToBytes();
        using var connection = await RawConnection.Open(service.Public);
        await connection.Send(request[..^20]);
        await connection.ReadInterim();
        var (answer, goOn) = await service.LogoutOnHold(first);
        await connection.Send(request[^20..]);
        await PassWaitMax(service, waiting: 1);
        var refused = await connection.Read();
        Assert.Equal((503, "1", "overload"), (refused.Status, refused.Header("Retry-After"), service.Log.Codes[^1]));
        Assert.Single(await service.EventsOf(second)); // the sign-in
        service.Store.OnAppend = null;
        goOn.SetResult();
        Assert.Equal(200, (await answer).Status);
        Assert.Equal(200, (await service.Ask(RawLogout.Of(second))).Status);
    }

    [Fact]
    public async Task A_slow_sender_of_headers_keeps_nobody_out()
    {
        await using var service = await ServiceUnderTest.Start(OneSlot);
        var (slow, quick) = (await service.SignIn(), await service.SignIn());
        var request = RawLogout.Of(slow).ToBytes();
        using var connection = await RawConnection.Open(service.Public);
        await connection.Send(request[..20]);
        Assert.Equal(200, (await service.Ask(RawLogout.Of(quick))).Status);
        await connection.Send(request[20..]);
        Assert.Equal(200, (await connection.Read()).Status);
    }

    [Fact]
    public async Task A_pipeline_of_two_requests_lets_others_in_between_them()
    {
        await using var service = await ServiceUnderTest.Start(OneSlot);
        var (ahead, second, between) = (await service.SignIn(), await service.SignIn(), await service.SignIn());
        var (streams, reached, goOn) = (new ConcurrentQueue<string>(), new TaskCompletionSource(), new TaskCompletionSource());
        service.Store.OnAppend = async (store, append) =>
        {
            streams.Enqueue(append.Stream);
            reached.TrySetResult();
            await goOn.Task;
            return await store.Append(append);
        };
        using var connection = await RawConnection.Open(service.Public);
        await connection.Send([.. RawLogout.Of(ahead).ToBytes(), .. RawLogout.Of(second).ToBytes()]);
        await reached.Task;
        var other = service.Ask(RawLogout.Of(between));
        await Waiting(service, 1);
        goOn.SetResult();
        Assert.Equal((200, 200), ((await connection.Read()).Status, (await connection.Read()).Status));
        Assert.Equal(200, (await other).Status);
        Assert.Equal([ahead.User.Stream, between.User.Stream, second.User.Stream], streams);
    }

    [Fact]
    public async Task No_way_of_ending_a_connection_keeps_its_slot()
    {
        await using var service = await ServiceUnderTest.Start(OneSlot);
        var visitor = await service.SignIn();
        var request = RawLogout.Of(visitor);
        Assert.Equal((400, true), Outcome(await service.Ask(request.With("Host: twice")))); // by the server itself
        Assert.Equal((404, false), Outcome(await service.Ask(request.Line("POST /elsewhere HTTP/1.1"))));
        Assert.Equal((405, false), Outcome(await service.Ask(request.Line($"GET {RawLogout.Path} HTTP/1.1"))));
        foreach (var length in (int[])[20, request.ToBytes().Length - 1]) // within the headers, within the body
        {
            using var connection = await RawConnection.Open(service.Public);
            await connection.Send(request.ToBytes()[..length]);
            connection.EndSending();
            Assert.InRange((await connection.Read()).Status, 0, 400);
        }

        Assert.Equal((200, false), Outcome(await service.Ask(request)));
    }

    [Fact]
    public async Task A_client_that_goes_away_while_waiting_for_a_slot_does_not_take_it_along()
    {
        await using var service = await ServiceUnderTest.Start(OneSlot);
        var (first, gone, next) = (await service.SignIn(), await service.SignIn(), await service.SignIn());
        var (answer, goOn) = await service.LogoutOnHold(first);
        using (var connection = await RawConnection.Open(service.Public))
        {
            await connection.Send(RawLogout.Of(gone).ToBytes());
            await Waiting(service, 1);
            connection.Abort();
        }

        service.Store.OnAppend = null;
        goOn.SetResult();
        Assert.Equal(200, (await answer).Status);
        Assert.Equal(200, (await service.Ask(RawLogout.Of(next))).Status);
        await service.Stop();
        Assert.Empty(service.Log.Complaints);
    }

    private static (int Status, bool IsClosed) Outcome(RawAnswer answer) => (answer.Status, answer.IsClosed);

    private static async Task PassWaitMax(ServiceUnderTest service, int waiting)
    {
        await Waiting(service, waiting);
        service.Time.Advance(RequestSlots.WaitMax);
    }

    private static async Task Waiting(ServiceUnderTest service, int requests)
    {
        var slots = service.App.Services.GetRequiredService<RequestSlots>();
        await Wait.Until(() => slots.Waiting == requests, () => $"{slots.Waiting} wait, not {requests}.");
    }
}
