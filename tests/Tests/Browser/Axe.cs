// axe-core (Deque) on a page, where its script is there: .ci/run installs it with npm.
using Microsoft.Playwright;

namespace BankEzy.Sessions.Tests.Browser;

internal static class Axe
{
    /// <summary>Finds nothing serious or critical on a page as it stands.</summary>
    public static async Task Check(IPage page)
    {
        if (Environment.GetEnvironmentVariable("AXE_SCRIPT") is not { Length: > 0 } script)
        {
            TestContext.Current.TestOutputHelper?.WriteLine("LEFT OUT: axe, which .ci/run installs with npm (AXE_SCRIPT is its script).");
            return;
        }

        await page.EvaluateAsync(await File.ReadAllTextAsync(script, TestContext.Current.CancellationToken));
        var found = await page.EvaluateAsync<string[]>("""
            async () => (await axe.run()).violations.filter((one) => ['serious', 'critical'].includes(one.impact))
              .map((one) => one.id + ': ' + one.nodes.map((node) => node.target.join(' ')).join(', '))
            """);
        Assert.Empty(found);
    }
}
