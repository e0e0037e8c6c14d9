// What the tool is given: keys, and arguments that are wrong. No key is ever repeated.
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Cli;

public sealed class ToolArgumentTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task A_key_comes_from_a_file_and_from_the_data_folder_of_a_developer()
    {
        var folder = Directory.CreateTempSubdirectory("bankezy-key-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "bankezy-sessions"));
        var file = Path.Combine(folder, "bankezy-sessions", "management.key");
        await File.WriteAllTextAsync(file, ServiceUnderTest.ManagementKey + "\n", TestContext.Current.CancellationToken);
        var url = ("SESSIONS_URL", $"{service.Management}");
        Assert.Equal(0, (await Tool.Run([url], input: null, "verify", "--key-file", file)).Code);
        Assert.Equal(0, (await Tool.Run([url, ("XDG_DATA_HOME", folder)], input: null, "verify")).Code);
        Assert.Equal(2, (await Tool.Run([url], input: null, "verify", "--key-file", Path.Combine(folder, "no"))).Code);
        await File.WriteAllTextAsync(file, "canary\nof two lines", TestContext.Current.CancellationToken);
        var noKey = await Tool.Run([url], input: null, "verify", "--key-file", file);
        Assert.Equal((2, ""), (noKey.Code, noKey.Output));
        Assert.DoesNotContain("canary", noKey.Error, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("verify", "--key", "canary-key")]
    [InlineData("verify", "--key=canary-key")]
    [InlineData("verify", "--key:canary-key")]
    [InlineData("verify", "-key", "canary-key")]
    [InlineData("status", "--key", "canary-key", "--json")]
    public async Task A_key_on_the_command_line_is_refused_and_not_repeated(params string[] arguments)
    {
        var run = await Tool.Run(service, arguments);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.Contains("--key-file", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("verfy")]
    [InlineData("user")]
    [InlineData("user", "show")]
    [InlineData("user", "show", "--account", "a100")]
    [InlineData("user", "show", "100")]
    [InlineData("user", "find")]
    [InlineData("user", "find", "--account", "100", "--device-id", "d")]
    [InlineData("status", "--actor", "Giulia Bianchi")]
    [InlineData("app-version", "lock", "4.2.0", "--reason", "test", "--yes")]
    [InlineData("user", "sign-out", "--account", "100", "--reason", "test", "--yes")]
    [InlineData("user", "sign-out", "--account", "100", "--all", "--yes")]
    [InlineData("user", "sign-out", "--account", "100", "--all", "--reason", "test")]
    [InlineData("user", "export", "--account", "100", "--format", "xml")]
    [InlineData("token", "make", "--mode", "3")]
    [InlineData("verify", "--until", "x")]
    [InlineData("verify", "--expect", "x")]
    [InlineData("verify", "--url", "localhost:10001")]
    [InlineData("incident", "run", "11111111-2222-4333-8444-555555555555")]
    [InlineData("incident", "plan")]
    public async Task Wrong_arguments_are_exit_code_2(params string[] arguments)
    {
        var run = await Tool.Run(service, arguments);
        Assert.Equal((2, ""), (run.Code, run.Output));
        Assert.NotEmpty(run.Error);
        var asJson = await Tool.Run(service, [.. arguments, "--json"]);
        using var error = JsonDocument.Parse(asJson.Error);
        Assert.Equal((2, "", 2), (asJson.Code, asJson.Output, error.RootElement.GetProperty("exitCode").GetInt32()));
    }

    [Fact]
    public async Task Help_names_every_command_and_completion_completes_them()
    {
        var help = await Tool.Run(service, "--help");
        var commands = (string[])["status", "user", "tail", "verify", "audit", "token", "smoke", "app-version", "incident", "completion"];
        Assert.Equal(0, help.Code);
        Assert.All(commands, command => Assert.Contains(command, help.Output, StringComparison.Ordinal));
        var suggested = await Tool.Run(service, "[suggest:14]", "sessions user s");
        Assert.Equal(["show", "sign-out"], suggested.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(2).Order());
        foreach (var shell in (string[])["bash", "zsh", "fish", "pwsh"])
        {
            Assert.Contains("[suggest:", (await Tool.Run(service, "completion", shell)).Output, StringComparison.Ordinal);
        }
    }
}
