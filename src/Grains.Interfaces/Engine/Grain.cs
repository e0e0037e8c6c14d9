// The base class of a grain, and what the embedded engine gives to each activation of one.
namespace BankEzy.Sessions.Engine;

/// <summary>What an engine does for one activation. Grain code does not see it.</summary>
public interface IGrainContext
{
    /// <summary>The grain's key.</summary>
    string Key { get; }

    /// <summary>Gives references to other grains.</summary>
    IGrainFactory GrainFactory { get; }

    /// <summary>Ends the activation after the current turn.</summary>
    void DeactivateOnIdle();

    /// <summary>Starts a timer whose ticks are turns.</summary>
    IGrainTimer RegisterTimer<TState>(Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options);
}

/// <summary>What every grain's code is.</summary>
public interface IGrainBase
{
    /// <summary>What the engine does for this activation.</summary>
    IGrainContext GrainContext { get; }
}

/// <summary>A virtual actor's code: one turn at a time, activated before its first turn.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Set by the engine before <see cref="OnActivateAsync"/>; grain code does not set it.</summary>
    public IGrainContext GrainContext { get; set; } = null!;

    /// <summary>Gives references to other grains.</summary>
    protected IGrainFactory GrainFactory => GrainContext.GrainFactory;

    /// <summary>Runs once, before the first turn. If it throws, the waiting calls fail and the next call tries anew.</summary>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs once, after the last turn. Not promised: a process can be killed.</summary>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation after the current turn; the calls that wait, and later ones, get the next activation.</summary>
    protected void DeactivateOnIdle() => GrainContext.DeactivateOnIdle();
}

/// <summary>Orleans' extension methods on keys.</summary>
public static class GrainExtensions
{
    /// <summary>The grain's own key. Of a grain's code only: Orleans also knows the key of a reference, we do not need it.</summary>
    public static string GetPrimaryKeyString(this IAddressable grain) =>
        grain is IGrainBase code
            ? code.GrainContext.Key
            : throw new ArgumentException("Only a grain's own code has its key.", nameof(grain));
}

/// <summary>Orleans' extension methods on grains' code.</summary>
public static class GrainBaseExtensions
{
    /// <summary>Starts a timer of this activation; it ends with the activation.</summary>
    public static IGrainTimer RegisterGrainTimer<TState>(
        this IGrainBase grain, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options) =>
        grain.GrainContext.RegisterTimer(callback, state, options);
}
