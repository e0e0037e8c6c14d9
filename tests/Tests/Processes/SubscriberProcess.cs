// The sample in samples/Subscriber as a process of its own: another service's silo, and the lines that it wrote.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using BankEzy.Sessions.Silo.Cluster;

namespace BankEzy.Sessions.Tests.Processes;

internal sealed class SubscriberProcess : IDisposable
{
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Process _process;

    private SubscriberProcess(Process process)
    {
        _process = process;
        _ = Listen(process.StandardOutput);
        _ = Listen(process.StandardError);
    }

    /// <summary>Starts it and waits until its silo is in the cluster.</summary>
    public static async Task<SubscriberProcess> Start(string clusterId, string connection, params string[] arguments)
    {
        var folder = AppContext.BaseDirectory.Replace(
            $"{Path.DirectorySeparatorChar}Tests{Path.DirectorySeparatorChar}",
            $"{Path.DirectorySeparatorChar}Subscriber{Path.DirectorySeparatorChar}", StringComparison.Ordinal);
        var port = Ports.FindFree(IPAddress.Loopback).ToString(CultureInfo.InvariantCulture);
        string[] all =
        [
            Path.Combine(folder, "BankEzy.Sessions.Subscriber.dll"), $"--ConnectionStrings:Sessions={connection}",
            $"--ClusterId={clusterId}", $"--SiloPort={port}", .. arguments,
        ];
        var start = new ProcessStartInfo("dotnet", all)
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        var subscriber = new SubscriberProcess(Process.Start(start)!);
        await subscriber._ready.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        return subscriber;
    }

    /// <summary>What it wrote.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>The versions that it wrote for a user, each once and in the order in which they came.</summary>
    /// <param name="kind"><c>user</c> or <c>program 2001</c>.</param>
    /// <param name="user">The user's key.</param>
    public IReadOnlyList<long> VersionsOf(string kind, string user)
    {
        var taken = new List<long>();
        foreach (var line in _lines.Where(line => line.StartsWith($"{kind} {user} ", StringComparison.Ordinal)))
        {
            var version = long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
            if (taken.Count == 0 || version > taken[^1]) // delivered at least once
            {
                taken.Add(version);
            }
        }

        return taken;
    }

    /// <summary>Sends a signal: STOP, CONT.</summary>
    public async Task Signal(string name)
    {
        using var kill = Process.Start("kill", $"-{name} {_process.Id}");
        await kill.WaitForExitAsync();
    }

    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
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

    private async Task Listen(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            if (line == "ready")
            {
                _ready.TrySetResult();
            }
        }

        _ready.TrySetException(new InvalidOperationException($"The subscriber ended: {string.Join('\n', _lines)}"));
    }
}
