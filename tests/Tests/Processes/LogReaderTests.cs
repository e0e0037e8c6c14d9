// A collector of logs that hangs: standard output is a pipe that nobody reads. Lines are lost and counted; no request waits for them.
using System.Globalization;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

public sealed partial class LogReaderTests : IDisposable
{
    // Each writes several lines: more than the pipe and the queue of lines can take together.
    private const int Connections = 2_000;
    private static readonly TimeSpan Prompt = TimeSpan.FromSeconds(5);

    private readonly string _folder = Directory.CreateTempSubdirectory("bankezy-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_reader_that_stands_still_costs_lines_and_no_sign_out_and_the_lost_lines_are_counted()
    {
        using var service = await ServiceProcess.Start(
            _folder, ("Logging__LogLevel__Default", "Information"), ("Logging__LogLevel__Microsoft.AspNetCore.Server.Kestrel", "Debug"));
        Assert.Equal(200, await service.Logout(ServiceProcess.TokenOf(1)));

        var linesLost = 0;
        service.Said = line => Interlocked.Add(ref linesLost, LinesLost(line));
        service.StopReading();
        await Parallel.ForAsync(0, Connections, async (_, _) =>
        {
            var answer = await InTime(RawConnection.Ask(service.Public, "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray()));
            Assert.Equal(404, answer.Status);
        });
        for (var account = 2; account < 40; account++)
        {
            Assert.Equal(200, await InTime(service.Logout(ServiceProcess.TokenOf(account))));
        }

        Assert.Equal(200, await InTime(service.Ready()));
        service.ReadOn();
        await Wait.Until(
            async () => await service.Ready() == 200 && Volatile.Read(ref linesLost) > 0,
            () => $"Missing: how many lines were lost; the last ones are {string.Join('\n', service.LastLines)}");
        Assert.Equal(0, await service.Terminate());
    }

    private static Task<T> InTime<T>(Task<T> call) => call.WaitAsync(Prompt, TestContext.Current.CancellationToken);

    private static int LinesLost(string line) =>
        Lost().Match(line) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex("([0-9]+) message\\(s\\) dropped")]
    private static partial Regex Lost();
}
