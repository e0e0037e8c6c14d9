// What an operator sees of the process itself: its arguments, a taken port, the lines between start and stop.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace BankEzy.Sessions.Tests.Processes;

public sealed class ProcessStartTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bankezy-start-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("--help", "docs/configuration.md")]
    [InlineData("-h", "docs/configuration.md")]
    [InlineData("--version", "0.")]
    public async Task A_question_to_the_executable_starts_nothing(string argument, string says)
    {
        var (code, output, error) = await Run([argument]);
        Assert.Equal((0, ""), (code, error));
        Assert.Contains(says, output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Theory]
    [InlineData("Public")]
    [InlineData("Management")]
    public async Task A_taken_port_is_one_line_with_its_setting(string listener)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        var (code, _, error) = await Run([], ($"Sessions__{listener}__Url", $"http://127.0.0.1:{port}"));
        Assert.Equal(1, code);
        var line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"Port {port} of Sessions__{listener}__Url", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outside_Development_every_line_is_a_line_of_the_log_from_ready_to_stopped()
    {
        using var service = await ServiceProcess.Start(folder);
        Assert.Equal(0, await service.Terminate());
        await Support.Wait.Until(() => Has("evt=stopped"), () => string.Join('\n', service.LastLines));
        Assert.True(Has("evt=ready") && Has("evt=stopping"), string.Join('\n', service.LastLines));
        Assert.All(service.LastLines, line => JsonDocument.Parse(line));

        bool Has(string text) => service.LastLines.Any(line => line.Contains(text, StringComparison.Ordinal));
    }

    private async Task<(int Code, string Output, string Error)> Run(string[] arguments, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "BankEzy.Sessions.Silo.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (string, string)[] own =
        [
            ("ASPNETCORE_ENVIRONMENT", "Development"), ("Sessions__Sqlite__Path", Path.Combine(folder, "data", "sessions.db")),
            ("Sessions__Public__Url", "http://127.0.0.1:0"), ("Sessions__Management__Url", "http://127.0.0.1:0"),
        ];
        foreach (var (name, value) in own.Concat(settings))
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
