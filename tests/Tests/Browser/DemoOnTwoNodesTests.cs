// The demo on two nodes that share a log: a phone of one node is signed out, the phones of the other show it.
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.EventStore;
using static BankEzy.Sessions.Tests.Browser.DemoBrowser;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

[Collection(PostgresNodesCollection.Name)]
public sealed partial class DemoOnTwoNodesTests(PostgresServer server)
{
    [Fact]
    public async Task A_sign_out_on_one_node_is_shown_by_phones_of_the_other()
    {
        var (schema, folder) = (server.CreateSchema(), Directory.CreateTempSubdirectory("bankezy-demo-").FullName);
        int[] ports = [DemoNode.FreePort(), DemoNode.FreePort()];
        var nodes = ports.Select(port => new DemoNode(
            port,
            ("Sessions__Store", "postgres"), ("ConnectionStrings__Sessions", schema),
            ("Sessions__Sqlite__Path", Path.Combine(folder, "sessions.db")), // the folder of Development's secrets, which the nodes share
            ("Sessions__Demo__Nodes__0", $"http://localhost:{ports[0]}"),
            ("Sessions__Demo__Nodes__1", $"http://localhost:{ports[1]}"))).ToList();
        try
        {
            await using var browser = await Start([.. nodes.Select(node => node.Address)]);
            foreach (var node in nodes)
            {
                await node.Start();
            }

            await Check(browser, nodes[0].Address);
        }
        finally
        {
            nodes.ForEach(node => node.Dispose());
            server.DropSchema(schema);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task Check(DemoBrowser browser, string first)
    {
        var page = await browser.Open();
        await Expect(Phone(page, 1).GetByLabel("connected to")).ToHaveValueAsync(first);
        await Expect(Phone(page, 2).GetByLabel("connected to")).Not.ToHaveValueAsync(first);
        await Button(Phone(page, 1), "Sign out this device").ClickAsync();
        await Expect(Phone(page, 2)).ToContainTextAsync(Notice());
        await Expect(Phone(page, 3)).ToContainTextAsync(Notice());
        await Expect(Line(page)).ToContainTextAsync(Measured());
        await Expect(Chain(page)).ToContainTextAsync("6 of 6 links");

        await Phone(page, 2).GetByLabel("connected to").SelectOptionAsync(first);
        await UntilListening(page, 2);
        await Button(Phone(page, 3), "Sign out this device").ClickAsync();
        await Expect(Phone(page, 2)).ToContainTextAsync("Shown and confirmed ✓");
        await Try(page, "Use dead token");
    }

    [GeneratedRegex("Your device [0-9a-f]{4} was signed out")]
    private static partial Regex Notice();

    [GeneratedRegex(@"urable .*[\d.]+ m?s")]
    private static partial Regex Measured();
}
