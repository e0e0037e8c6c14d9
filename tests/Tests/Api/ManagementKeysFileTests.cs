// Keys that change while the service runs: as Kubernetes replaces a mounted secret, by a link that is moved.
using System.Net.Http.Headers;
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class ManagementKeysFileTests : IDisposable
{
    private const string Old = "the first key of resource-server";
    private const string New = "the second key of resource-server";

    private readonly string folder = Directory.CreateTempSubdirectory("bankezy-keys-").FullName;
    private int versions;

    private string KeysFile => Path.Combine(folder, "keys.json");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_key_is_replaced_on_a_running_node_and_both_hold_meanwhile()
    {
        Mount(KeysOf(Old));
        await using var service = await Start();
        Assert.Equal((200, 401), (await Ask(service, Old), await Ask(service, New)));

        Mount(KeysOf(Old, New));
        await Until(service, New, 200);
        Assert.Equal((200, 200), (await Ask(service, Old), await Ask(service, ServiceUnderTest.ManagementKey)));

        using var stream = await EventStreamClient.Open(service.Http, new HttpRequestMessage(
            HttpMethod.Get, new Uri(service.Management, "/internal/feed/v1")) { Headers = { Authorization = new("Bearer", Old) } });
        await stream.UntilLive();
        Mount(KeysOf(New));
        await Until(service, Old, 401);
        Assert.Equal((200, 200), (await Ask(service, New), await Ask(service, ServiceUnderTest.ManagementKey)));
        await Assert.ThrowsAnyAsync<IOException>(async () => // What was open for it has ended; a heartbeat may have come before.
        {
            while (await stream.Next() is not null)
            {
            }
        });
        ServiceUnderTest.NothingIn(service.Log.Lines.Select(line => line.Text), [Old, New, "resource-server"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"Keys\":[")]
    [InlineData("{\"Keys\":[{\"Name\":\"resource-server\",\"Key\":\"another key of resource-server\",\"Roles\":\"all\"}]}")]
    [InlineData("{\"Keys\":[{\"Name\":\"resource-server\",\"Key\":\"another key of resource-server\",\"Roles\":\"audit\",\"x\":1}]}")]
    [InlineData("{\"Keys\":[\"another key of resource-server\"]}")]
    [InlineData(null)]
    public async Task What_cannot_be_used_changes_nothing_and_says_so_once(string? content)
    {
        Mount(KeysOf(Old));
        await using var service = await Start();
        Mount(content);
        await Wait.Until(
            () =>
            {
                service.Time.Advance(ManagementKeysWatch.Period);
                return Refused(service).Count > 0;
            },
            () => "The file was never refused.");
        service.Time.Advance(ManagementKeysWatch.Period * 3);
        Assert.Equal(200, await Ask(service, Old));
        Assert.StartsWith("evt=keys.refused", Assert.Single(Refused(service)), StringComparison.Ordinal);
        ServiceUnderTest.NothingIn(service.Log.Lines.Select(line => line.Text), [Old, "another key", "resource-server"]);

        Mount(KeysOf(New));
        await Until(service, New, 200);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_stops_the_start()
    {
        var missing = await Assert.ThrowsAsync<SettingsException>(Start);
        Assert.StartsWith("Sessions__Management__KeysFile", Assert.Single(missing.Faults), StringComparison.Ordinal);
        Mount("{\"Keys\":[{\"Name\":\"X\",\"Key\":\"\",\"Roles\":[],\"Programs\":[9]}]}");
        var faults = (await Assert.ThrowsAsync<SettingsException>(Start)).Faults;
        Assert.Equal(
            ["Name", "Key", "Roles", "Programs"],
            faults.Select(fault => fault.Split(' ')[1].Replace("Sessions__Management__Keys__0__", "", StringComparison.Ordinal)));
    }

    private static List<string> Refused(ServiceUnderTest service) =>
        [.. service.Log.Complaints.Select(line => line.Text).Where(text => text.StartsWith("evt=keys.", StringComparison.Ordinal))];

    private static string KeysOf(params string[] keys)
    {
        var members = keys.Select(key =>
            $"{{\"Name\":\"resource-server\",\"Key\":\"{key}\",\"Roles\":[\"introspect\",\"operate\"],\"Programs\":[2001]}}");
        return $"{{\"Keys\":[{string.Join(',', members)}]}}";
    }

    private Task<ServiceUnderTest> Start() => ServiceUnderTest.Start($"--Sessions:Management:KeysFile={KeysFile}");

    // Null for a file that is not there any more.
    private void Mount(string? content)
    {
        if (content is null)
        {
            File.Delete(KeysFile);
            return;
        }

        var (version, link) = (Path.Combine(folder, $"..version-{++versions}"), Path.Combine(folder, "..link"));
        File.WriteAllText(version, content);
        File.CreateSymbolicLink(link, version);
        File.Move(link, KeysFile, overwrite: true);
    }

    private static Task Until(ServiceUnderTest service, string key, int status) => Wait.Until(
        async () =>
        {
            service.Time.Advance(ManagementKeysWatch.Period);
            return await Ask(service, key) == status;
        },
        () => $"The key was never answered {status}.");

    private static async Task<int> Ask(ServiceUnderTest service, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Management, "/internal/introspect/v1"));
        request.Content = new FormUrlEncodedContent([KeyValuePair.Create("token", "none")]);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return (await service.Send(request)).Status;
    }
}
