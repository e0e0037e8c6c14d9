// A process that may open few files: idle connections neither end it nor keep anybody from signing out.
using System.Net.Sockets;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

public sealed class OpenFilesTests : IDisposable
{
    private static readonly TimeSpan FirstByteWithin = TimeSpan.FromSeconds(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("bankezy-files-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Half_as_many_idle_connections_again_as_files_end_nothing_and_everybody_signs_out()
    {
        const int files = 1_024;
        using var service = await Start(files);
        Assert.Equal(200, await service.Logout(ServiceProcess.TokenOf(1))); // on a connection that is kept
        var idle = new List<TcpClient>();
        for (var number = 0; number < files * 3 / 2; number++)
        {
            idle.Add(new TcpClient());
            await Connect(idle[^1], service.Public);
        }

        Assert.Equal(0, await Ask(service, Logout(2))); // the node is full: closed at once
        Assert.Equal(200, await service.Logout(ServiceProcess.TokenOf(2)));
        Assert.Equal(200, await service.Ready());

        // Those that say nothing are closed, although their callers are still there.
        await Wait.Until(
            async () => await Ask(service, Logout(3)) == 200,
            () => "No new connection gets in.");
        Assert.False(service.HasExited);
        idle.ForEach(client => client.Dispose());
        Assert.Equal("{\"active\":false}", await service.Introspect(ServiceProcess.TokenOf(2)));
        Assert.Equal(0, await service.Terminate());
    }

    [Fact]
    public async Task With_fewer_files_than_1024_it_does_not_start_and_says_so_in_one_line()
    {
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => Start(files: 1_000));
        var line = Assert.Single(refusal.Message.Split('\n'), line => line.TrimStart().StartsWith('-'));
        Assert.Contains("may have 1000 files open", line, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_without_a_first_byte_is_closed_after_10_seconds_on_both_listeners()
    {
        using var service = await ServiceProcess.Start(_folder);
        var began = TimeProvider.System.GetTimestamp();
        using var onPublic = await RawConnection.Open(service.Public);
        using var onManagement = await RawConnection.Open(service.Management);
        Assert.All(await Task.WhenAll(onPublic.Read(), onManagement.Read()), answer => Assert.Equal(0, answer.Status));
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), FirstByteWithin * 0.9, FirstByteWithin * 2);
    }

    [Fact]
    public async Task An_address_has_so_many_connections_and_keeps_no_other_address_out()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems have one loopback address.");
        const int most = 3;
        using var service = await ServiceProcess.Start(_folder, ("Sessions__Public__ConnectionsPerAddressMax", $"{most}"));
        var open = new List<RawConnection>();
        for (var number = 0; number < most; number++)
        {
            open.Add(await RawConnection.Open(service.Public));
            await open[number].Send(Logout(number + 1));
            Assert.Equal(200, (await open[number].Read()).Status);
        }

        Assert.Equal(0, await Ask(service, Logout(11)));
        using (var other = await RawConnection.Open(service.Public, from: "127.0.0.2"))
        {
            await other.Send(Logout(12));
            Assert.Equal(200, (await other.Read()).Status);
        }

        open.ForEach(connection => connection.Dispose());
        await Wait.Until(
            async () => await Ask(service, Logout(13)) == 200, () => "Its connections are counted for ever.");
    }

    private Task<ServiceProcess> Start(int files)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Other systems do not say in a file how many files a process may open.");
        return ServiceProcess.StartBy(
            ["bash", "-c", $"ulimit -n {files}; exec \"$@\"", "bash"], ("Sessions__Sqlite__Path", Path.Combine(_folder, "sessions.db")));
    }

    // Closed at once may mean: before the client knew that it was connected.
    private static async Task<int> Ask(ServiceProcess service, byte[] request)
    {
        try
        {
            return (await RawConnection.Ask(service.Public, request)).Status;
        }
        catch (SocketException)
        {
            return 0;
        }
    }

    private static async Task Connect(TcpClient client, Uri address)
    {
        try
        {
            await client.ConnectAsync(address.Host, address.Port, Stop);
        }
        catch (SocketException)
        {
            // The node was full.
        }
    }

    private static byte[] Logout(long account)
    {
        var token = ServiceProcess.TokenOf(account);
        var body = $$"""{"signOutMode":1,"deviceId":"phone","token":"{{token}}"}""";
        return System.Text.Encoding.ASCII.GetBytes(
            $"POST {RawLogout.Path} HTTP/1.1\r\nHost: localhost\r\nX-API-TOKEN: {token}\r\nContent-Type: text/plain\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n{body}");
    }
}
