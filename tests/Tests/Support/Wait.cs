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

    /// <inheritdoc cref="Until(Func{bool}, Func{string})"/>
    public static async Task Until(Func<Task<bool>> isSo, Func<string> what)
    {
        using var tooLong = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            await Task.Yield();
            Assert.False(tooLong.IsCancellationRequested, what());
        }
    }
}
