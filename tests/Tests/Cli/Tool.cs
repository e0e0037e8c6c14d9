// The tool as a process of its own, as an operator runs it.
using System.Diagnostics;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Cli;

/// <summary>What a run of the tool left behind.</summary>
internal sealed record ToolRun(int Code, string Output, string Error);

internal static class Tool
{
    private static readonly string NoHome = Directory.CreateTempSubdirectory("bankezy-no-home-").FullName;

    /// <summary>Runs it with the tests' key.</summary>
    public static Task<ToolRun> Run(ServiceUnderTest service, params string[] arguments) => Run(
        [("SESSIONS_URL", $"{service.Management}"), ("SESSIONS_PUBLIC_URL", $"{service.Public}"),
            ("SESSIONS_KEY", ServiceUnderTest.ManagementKey)],
        input: null, arguments);

    /// <summary>Runs it with these variables and no other of its own.</summary>
    /// <param name="variables">Names and values.</param>
    /// <param name="input">Its standard input; nothing when null.</param>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<ToolRun> Run((string Name, string Value)[] variables, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "sessions.dll"), .. arguments])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name =>
            name.StartsWith("SESSIONS_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["XDG_DATA_HOME"] = NoHome; // A developer's own key must not open anything here.
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new ToolRun(process.ExitCode, await output, await error);
    }
}
