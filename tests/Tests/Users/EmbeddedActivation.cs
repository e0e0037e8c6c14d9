// An activation of the embedded engine, by hand.
namespace BankEzy.Sessions.Tests.Users;

/// <summary>One activation, as its grain sees it.</summary>
internal sealed class FakeActivation(string key) : IGrainContext
{
    public bool IsToEnd { get; private set; }

    public T Give<T>(T grain)
        where T : Grain
    {
        grain.GrainContext = this;
        return grain;
    }

    public string Key => key;

    public IGrainFactory GrainFactory => throw new NotSupportedException();

    public void DeactivateOnIdle() => IsToEnd = true;

    public IGrainTimer RegisterTimer<TState>(
        Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options) =>
        throw new NotSupportedException();
}
