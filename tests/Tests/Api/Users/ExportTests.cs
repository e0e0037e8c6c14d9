// Everything of one person in a file: complete, in pages, to be checked elsewhere.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Api.Users.Lookups;

namespace BankEzy.Sessions.Tests.Api.Users;

public sealed class SqliteExportTests : ExportTests
{
    protected override string[] Settings => [];
}

[Collection(PostgresCollection.Name)]
public sealed class PostgresExportTests(PostgresServer server) : ExportTests, IDisposable
{
    private readonly string connection = server.CreateSchema();

    protected override string[] Settings => ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={connection}"];

    public void Dispose() => server.DropSchema(connection);
}

public abstract class ExportTests
{
    private const int Many = 1_234; // more than two pages, and more than one append may have

    protected abstract string[] Settings { get; }

    [Fact]
    public async Task An_export_has_every_event_and_can_be_checked_by_itself()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var visitor = await service.SignIn();
        await AppendUses(service, visitor, Many);
        var file = await service.Ask("export", ByReference(visitor));
        Assert.Equal((visitor.User.Reference, visitor.Account), (TextOf(file, "user"), TextOf(file, "account")));
        Assert.Equal(1 + Many, file.GetProperty("events").GetArrayLength());
        Assert.Equal($$"""{"from":1,"to":{{1 + Many}},"ok":true}""", file.GetProperty("chain").GetRawText());
        Assert.Empty(BreaksOf(file));
        Assert.Contains("SHA-256", TextOf(file, "howToCheck"), StringComparison.Ordinal);
        Assert.Equal($"Signed in on Device {visitor.Device[^4..]} with the PIN", TextsOf(file, "events", "words")[0]);
        Assert.All(TextsOf(file, "events", "words").Skip(1), words => Assert.Equal($"Device {visitor.Device[^4..]} was used", words));
    }

    [Fact]
    public async Task As_CSV_it_has_a_row_an_event_with_the_same_data()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var visitor = await service.SignIn();
        await AppendUses(service, visitor, Many);
        await service.Logout(visitor);
        var reply = await service.Manage("/internal/export/v1", ByAccount(visitor, ",\"format\":\"csv\""));
        Assert.Equal((200, "text/csv; charset=utf-8"), (reply.Status, reply.Content.ContentType!.ToString()));
        Assert.Equal($"attachment; filename=\"{visitor.User.Stream}.csv\"", reply.Content.ContentDisposition!.ToString());
        var rows = reply.Body.Split("\r\n");
        Assert.Equal(("version,at,words,name,data,command,ordinal,hash", ""), (rows[0], rows[^1]));
        var events = (await service.Ask("export", ByReference(visitor))).GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(events.Count, rows.Length - 2);
        Assert.All(events.Zip(rows[1..]), pair =>
        {
            var (one, row) = pair;
            var data = one.GetProperty("data");
            var at = DateTimeOffset.Parse(TextOf(data, "at"), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(
                $"{one.GetProperty("version")},{at:yyyy-MM-dd'T'HH:mm:ss.fff'Z'},\"{TextOf(one, "words")}\",{TextOf(one, "name")},"
                + $"\"{data.GetRawText().Replace("\"", "\"\"", StringComparison.Ordinal)}\",{TextOf(one, "command")},"
                + $"{one.GetProperty("ordinal")},{TextOf(one, "hash")}",
                row);
        });
    }

    [Fact]
    public async Task A_damaged_log_is_503_before_the_first_byte_and_no_file_that_breaks_off()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var visitor = await service.SignIn();
        await AppendUses(service, visitor, Many);
        service.Store.Changed = Damage.Content.To(visitor.User.Stream, Many);
        var reply = await service.Manage("/internal/export/v1", ByReference(visitor));
        Assert.Equal((503, ServiceUnderTest.Unavailable), (reply.Status, reply.Body));
    }

    [Fact]
    public async Task Nobody_is_exported_as_nobody_and_a_bad_format_is_400()
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var nobody = service.NewVisitor();
        var file = await service.Ask("export", ByAccount(nobody));
        Assert.Equal((0, false), (file.GetProperty("events").GetArrayLength(), file.TryGetProperty("account", out _)));
        foreach (var format in (string[])["\"xml\"", "1", "null"])
        {
            Assert.Equal(400, (await service.Manage("/internal/export/v1", ByAccount(nobody, $",\"format\":{format}"))).Status);
        }
    }

    private static async Task AppendUses(ServiceUnderTest service, Visitor visitor, int count)
    {
        for (var left = count; left > 0; left -= Append.EventsMax)
        {
            var (head, at) = (await service.Store.Head(visitor.User.Stream), service.Time.GetUtcNow());
            var json = UserEventCodec.Encode(new SessionUsed(at, new SessionId(visitor.Session)));
            var some = Enumerable.Repeat(json, Math.Min(left, Append.EventsMax)).ToArray();
            var events = Appends.ChainOf("session-used.v1", visitor.User.Stream, head, Appends.Command(left), some);
            var append = new Append(visitor.User.Stream, head.Version, Appends.Command(left), at, events, null);
            Assert.Equal(AppendOutcome.Appended, await service.Store.Append(append));
        }
    }
}
