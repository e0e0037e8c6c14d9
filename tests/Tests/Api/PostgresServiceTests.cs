// Two nodes of the real service on one database.
using System.Text.Json;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

[Collection(PostgresCollection.Name)]
public sealed class PostgresServiceTests(PostgresServer server) : IDisposable
{
    private readonly string connection = server.CreateSchema();

    public void Dispose() => server.DropSchema(connection);

    [Fact]
    public async Task A_sign_out_on_one_node_and_its_repeat_on_another_are_one_event()
    {
        string[] settings = ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={connection}"];
        await using var one = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start(settings);
        var visitor = other.Know(await one.SignIn());
        Assert.Equal(ServiceUnderTest.Success, (await one.Logout(visitor)).Body);
        Assert.Equal(ServiceUnderTest.Success, (await other.Logout(visitor)).Body);
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await other.EventsOf(visitor));
    }

    [Fact]
    public async Task After_a_200_every_node_refuses_the_session_at_once()
    {
        string[] settings = ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={connection}"];
        await using var one = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start(settings);
        for (var number = 0; number < 20; number++)
        {
            var visitor = other.Know(await one.SignIn());
            Assert.StartsWith("{\"active\":true,", (await other.Introspect(("token", visitor.LoginToken))).Body, StringComparison.Ordinal);
            Assert.Equal(200, (await other.Sessions(visitor.LoginToken)).Status);
            Assert.Equal(ServiceUnderTest.Success, (await one.Logout(visitor)).Body);
            Assert.Equal("{\"active\":false}", (await other.Introspect(("token", visitor.LoginToken))).Body);
            Assert.Equal("{\"active\":false}", (await other.IntrospectById(visitor)).Body);
            Assert.Equal(401, (await other.Sessions(visitor.LoginToken)).Status);
        }
    }

    [Fact]
    public async Task Whoever_leaves_the_console_on_one_node_has_left_it_on_the_other()
    {
        string[] settings = ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={connection}"];
        await using var one = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start(settings);
        var person = await ConsolePerson.SignIn(one);
        var copy = person.At(other);
        Assert.Equal(200, (await copy.Ask("/internal/audit/v1", "{}")).Status);
        Assert.Equal(204, (await person.Leave()).Status);
        other.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(401, (await copy.Ask("/internal/audit/v1", "{}")).Status);
    }

    [Fact]
    public async Task Of_sign_outs_that_race_on_two_nodes_both_get_their_200_and_one_is_stored()
    {
        string[] settings = ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={connection}"];
        await using var one = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start(settings);
        for (var number = 0; number < 20; number++)
        {
            var visitor = other.Know(await one.SignIn());
            var answers = await Task.WhenAll(one.Logout(visitor), other.Logout(visitor));
            Assert.All(answers, answer => Assert.Equal(ServiceUnderTest.Success, answer.Body));
            Assert.Equal(["session-started.v1", "session-signed-out.v1"], await one.EventsOf(visitor));
        }
    }

    [Fact]
    public async Task A_wake_is_read_on_any_node_and_taken_once_among_them()
    {
        string[] settings = ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={connection}"];
        await using var one = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start(settings);
        var phone = await NoticeCalls.SignInWithPush(one, one.NewVisitor(), "push-of-phone");
        var tablet = await NoticeCalls.SignInWithPush(other, other.Know(phone.Elsewhere()), "push-of-tablet");
        await NoticeCalls.SignOutDevice(one, phone);
        var page = JsonElement.Parse((await other.Manage("/internal/wakes/v1?follow=false", content: null)).Body);
        var wake = Assert.Single(page.GetProperty("events").EnumerateArray()).GetProperty("data");
        var device = Assert.Single(wake.GetProperty("devices").EnumerateArray());
        Assert.Equal("push-of-tablet", device.GetProperty("push").GetString());
        Assert.Equal(DeviceId.Of(tablet.Device).HashText, device.GetProperty("device").GetString());
        var body = $$"""
            {"user":"{{wake.GetProperty("user").GetString()}}","device":"{{device.GetProperty("device").GetString()}}",
            "version":{{wake.GetProperty("version")}}}
            """;
        var taken = await Task.WhenAll(one.Manage("/internal/wakes/v1", body), other.Manage("/internal/wakes/v1", body));
        Assert.Single(taken, reply => JsonElement.Parse(reply.Body).GetProperty("wake").GetBoolean());
    }
}
