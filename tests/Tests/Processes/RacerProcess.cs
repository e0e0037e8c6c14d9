// A process of tests/Racer: ready, started, and asked what became of it.
using System.Diagnostics;
using System.Globalization;

namespace BankEzy.Sessions.Tests.Processes;

internal sealed class RacerProcess : IDisposable
{
    private readonly Process _process;

    private RacerProcess(Process process)
    {
        _process = process;
    }

    /// <summary>Starts one of several racers and waits until it has opened the log.</summary>
    public static async Task<RacerProcess> Start(string connection, int number, int racers, int appends, int users)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "BankEzy.Sessions.Racer.dll"), .. Texts()])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__Sessions"] = connection;
        var racer = new RacerProcess(Process.Start(start)!);
        Assert.Equal("ready", await racer.Read());
        return racer;

        IEnumerable<string> Texts() =>
            new[] { number, racers, appends, users }.Select(value => value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Lets it run and waits for its end: how many of its appends were stored, and how many conflicts it met.</summary>
    public async Task<(int Appended, int Conflicts)> Run(CancellationToken stop)
    {
        await _process.StandardInput.WriteLineAsync("go");
        await _process.StandardInput.FlushAsync(stop);
        var said = (await Read()).Split(' ').Select(text => int.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        await _process.WaitForExitAsync(stop);
        Assert.Equal(0, _process.ExitCode);
        return (said[0], said[1]);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<string> Read()
    {
        if (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            return line;
        }

        Assert.Fail($"A racer ended: {await _process.StandardError.ReadToEndAsync()}");
        return "";
    }
}
