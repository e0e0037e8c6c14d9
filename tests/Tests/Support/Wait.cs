// For what gives no signal: lets others work until it is so, and fails when it never is.
namespace BankEzy.Sessions.Tests.Support;

public static class Wait
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <param name="isSo">Looks.</param>
    /// <param name="what">What is missing as long as it is not so; asked for only when it fails.</param>
    public static async Task Until(Func<bool> isSo, Func<string> what)
    {
        using var tooLong = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            await Task.Yield();
            Assert.False(tooLong.IsCancellationRequested, what());
        }
    }

    /// <summary>The same for what another process has to say: it is asked a few times a second, for a minute.</summary>
    public static async Task Until(Func<Task<bool>> isSo, Func<string> what)
    {
        using var tooLong = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while (!await isSo())
        {
            Assert.False(tooLong.IsCancellationRequested, what());
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
