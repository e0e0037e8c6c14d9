// Who is found by what, over the real host, on each store that keeps its log.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using static BankEzy.Sessions.Tests.Api.Users.Lookups;

namespace BankEzy.Sessions.Tests.Api.Users;

public sealed class SqliteSearchTests : SearchTests
{
    protected override string[] Settings => [];
}

[Collection(PostgresCollection.Name)]
public sealed class PostgresSearchTests(PostgresServer server) : SearchTests, IDisposable
{
    private readonly string connection = server.CreateSchema();

    protected override string[] Settings => ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={connection}"];

    public void Dispose() => server.DropSchema(connection);
}

public abstract class SearchTests
{
    protected abstract string[] Settings { get; }

    [Fact]
    public async Task A_user_is_found_by_account_by_session_and_by_device_before_and_after_the_sign_out_and_a_restart()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var phone = await service.SignIn();
        var tablet = service.Know(phone.Elsewhere());
        await service.Report(tablet);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal([Found(phone, "account", device: null)], await Search(service, $"\"account\":\"{phone.Account}\""));
            Assert.Equal([Found(phone, "session", phone.Device)], await Search(service, $"\"sessionId\":\"{phone.Session}\""));
            Assert.Equal([Found(phone, "session", tablet.Device)], await Search(service, $"\"sessionId\":\"{tablet.Session}\""));
            Assert.Equal([Found(phone, "device", phone.Device)], await Search(service, $"\"deviceId\":\"{phone.Device}\""));
            Assert.Equal(
                [Found(phone, "device", tablet.Device)], await Search(service, $"\"program\":2001,\"deviceId\":\"{tablet.Device}\""));
            if (round == 0)
            {
                Assert.Equal(200, (await service.Logout(phone, "2")).Status);
            }
            else if (round == 1)
            {
                await service.Restart();
            }
        }
    }

    [Fact]
    public async Task A_session_that_nobody_reported_is_found_once_its_sign_out_adopted_it()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var visitor = service.NewVisitor();
        Assert.Empty(await Search(service, $"\"sessionId\":\"{visitor.Session}\""));
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        Assert.Equal([Found(visitor, "session", visitor.Device)], await Search(service, $"\"sessionId\":\"{visitor.Session}\""));
        Assert.Equal([Found(visitor, "device", visitor.Device)], await Search(service, $"\"deviceId\":\"{visitor.Device}\""));
    }

    [Fact]
    public async Task Who_is_not_in_the_log_is_not_found()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var nobody = service.NewVisitor();
        Assert.Empty(await Search(service, $"\"account\":\"{nobody.Account}\""));
        Assert.Empty(await Search(service, $"\"sessionId\":\"{nobody.Session}\""));
        Assert.Empty(await Search(service, $"\"deviceId\":\"{nobody.Device}\""));
    }

    [Fact]
    public async Task A_program_restricts_and_without_one_all_are_searched()
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        await using var service = await ServiceUnderTest.Start([.. Settings, $"--Sessions:Programs:2002:TokenKeys:0={key}"]);
        var visitor = await service.SignIn();
        var twin = service.Know(visitor.Again());
        Assert.Equal(201, (await service.Manage("/internal/sessions/v1", $$"""
            {"program":2002,"account":"{{twin.Account}}","sessionId":"{{twin.Session}}","deviceId":"{{twin.Device}}","signInMode":1,
            "expiresAt":"{{Time(twin.IssuedAt.AddMinutes(30))}}"}
            """)).Status);
        foreach (var by in (string[])[$"\"account\":\"{visitor.Account}\"", $"\"deviceId\":\"{visitor.Device}\""])
        {
            Assert.Equal(["2001", "2002"], await Programs(by));
            Assert.Equal(["2001"], await Programs(by + ",\"program\":2001"));
            Assert.Equal(["2002"], await Programs(by + ",\"program\":2002"));
            Assert.Empty(await Programs(by + ",\"program\":2003"));
        }

        Assert.Equal(["2002"], await Programs($"\"sessionId\":\"{twin.Session}\""));
        Assert.Empty(await Programs($"\"sessionId\":\"{twin.Session}\",\"program\":2001"));

        async Task<List<string>> Programs(string by) =>
            [.. (await Search(service, by)).Select(found => TextOrNumber(JsonElement.Parse(found), "program")).Order()];
    }

    [Fact]
    public async Task Of_a_device_of_many_users_twenty_are_listed_and_more_is_said()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var first = await service.SignIn();
        for (var users = 2; users <= 21; users++)
        {
            var reply = await service.Ask("search", $$"""{"deviceId":"{{first.Device}}"}""");
            Assert.Equal((users - 1, false), (reply.GetProperty("users").GetArrayLength(), reply.GetProperty("more").GetBoolean()));
            Assert.Equal(201, (await service.Report(service.Know(service.NewVisitor() with { Device = first.Device }))).Status);
        }

        var all = await service.Ask("search", $$"""{"deviceId":"{{first.Device}}"}""");
        Assert.Equal((20, true), (all.GetProperty("users").GetArrayLength(), all.GetProperty("more").GetBoolean()));
        Assert.Equal(20, TextsOf(all, "users", "user").Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"program\":2001")]
    [InlineData("\"account\":\"1\",\"deviceId\":\"x\"")]
    [InlineData("\"program\":\"x\",\"account\":\"1\"")]
    [InlineData("\"account\":\"01\"")]
    [InlineData("\"sessionId\":\"0e9b7a54\"")]
    [InlineData("\"deviceId\":\"\"")]
    public async Task A_bad_question_is_400(string question)
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        Assert.Equal(400, (await service.Manage("/internal/search/v1", $"{{{question}}}")).Status);
    }

    private static async Task<List<string>> Search(ServiceUnderTest service, string by) =>
        [.. (await service.Ask("search", $"{{{by}}}")).GetProperty("users").EnumerateArray().Select(found => found.GetRawText())];

    private static string Found(Visitor visitor, string matched, string? device) =>
        $"{{\"user\":\"{visitor.User.Reference}\",\"program\":2001,\"ending\":\"{visitor.Account[^4..]}\",\"matched\":\"{matched}\""
        + (device is null ? "}" : $",\"label\":\"{device[^4..]}\"}}");

    private static string TextOrNumber(JsonElement of, string name) => of.GetProperty(name).ToString();
}
