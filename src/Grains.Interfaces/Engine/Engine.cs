// The names of Microsoft Orleans that grain code uses, for the embedded engine. Grain code never names a namespace
// of these: the build gives it either this one or Orleans' own (Directory.Build.targets), so one source is true on both.
using System.Diagnostics.CodeAnalysis;

namespace BankEzy.Sessions.Engine;

/// <summary>Anything that can be called by its key.</summary>
public interface IAddressable;

/// <summary>A virtual actor.</summary>
public interface IGrain : IAddressable;

/// <summary>A grain whose key is a string.</summary>
public interface IGrainWithStringKey : IGrain;

/// <summary>Gives references to grains; a reference costs no activation until it is called.</summary>
public interface IGrainFactory
{
    /// <summary>A reference to the grain of this key.</summary>
    TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey;
}

/// <summary>Why an activation ends.</summary>
public enum DeactivationReasonCode : byte
{
    /// <summary>Not said.</summary>
    None,

    /// <summary>The host is stopping.</summary>
    ShuttingDown,

    /// <summary>Activation failed.</summary>
    ActivationFailed,

    /// <summary>The activation was idle for the collection age.</summary>
    ActivationIdle,

    /// <summary>The grain asked for it.</summary>
    ApplicationRequested,
}

/// <summary>Why an activation ends, with a text for the log.</summary>
public readonly struct DeactivationReason(DeactivationReasonCode code, string text)
{
    /// <summary>The reason.</summary>
    public DeactivationReasonCode ReasonCode { get; } = code;

    /// <summary>A text for the log.</summary>
    public string Description { get; } = text;
}

/// <summary>When a grain timer ticks.</summary>
public readonly struct GrainTimerCreationOptions()
{
    /// <summary>Options for a timer that first ticks after <paramref name="dueTime"/>, then every <paramref name="period"/>.</summary>
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
        : this()
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of one tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> for a single tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether a tick may run inside another turn. The embedded engine refuses true: one turn at a time.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a tick counts as use, so that the grain is not collected as idle.</summary>
    public bool KeepAlive { get; init; }
}

/// <summary>A running timer of one activation; disposing it stops it.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets the next tick and the period anew.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>The engine refused or could not make a call; the call has had no effect that its caller may rely on.</summary>
public class OrleansException : Exception
{
    /// <summary>Creates it without a text.</summary>
    public OrleansException()
    {
    }

    /// <summary>Creates it.</summary>
    public OrleansException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with its cause.</summary>
    public OrleansException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A mailbox or the whole engine has more waiting calls than its limit.</summary>
public class LimitExceededException : OrleansException
{
    /// <summary>Creates it without a text.</summary>
    public LimitExceededException()
    {
    }

    /// <summary>Creates it.</summary>
    public LimitExceededException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with its cause.</summary>
    public LimitExceededException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Marks a type that crosses the wire between silos; the embedded engine passes references and ignores it.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Enum)]
public sealed class GenerateSerializerAttribute : Attribute;

/// <summary>The stable number of a member on the wire.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Class | AttributeTargets.Method)]
public sealed class IdAttribute(uint id) : Attribute
{
    /// <summary>The number.</summary>
    public uint Id { get; } = id;
}

/// <summary>The stable name of a type or method on the wire.</summary>
[AttributeUsage(
    AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Interface | AttributeTargets.Enum | AttributeTargets.Method)]
public sealed class AliasAttribute(string alias) : Attribute
{
    /// <summary>The name.</summary>
    public string Alias { get; } = alias;
}

/// <summary>Says that a value never changes, so that it need not be copied between grains.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property | AttributeTargets.Parameter)]
public sealed class ImmutableAttribute : Attribute;
