// References to grains, written by hand: no reflection on the way of a call.
using System.Collections.Concurrent;

namespace BankEzy.Sessions.Silo.Engine;

/// <summary>One registered contract: how its grains are made, and those that are resident.</summary>
public sealed class GrainKind
{
    private readonly ConcurrentDictionary<string, Activation> activations = new();

    internal GrainKind(EmbeddedEngine engine, string name, Func<Grain> create, Func<GrainKind, string, IGrainWithStringKey> refer) =>
        (Engine, Name, Create, Refer) = (engine, name, create, refer);

    internal EmbeddedEngine Engine { get; }

    /// <summary>The contract's name; what messages may say, as a key holds an account number.</summary>
    internal string Name { get; }

    internal Func<Grain> Create { get; }

    internal Func<GrainKind, string, IGrainWithStringKey> Refer { get; }

    internal IEnumerable<Activation> Activations
    {
        get
        {
            foreach (var (_, activation) in activations)
            {
                yield return activation;
            }
        }
    }

    internal ValueTask<TReply> Call<TArgument, TReply>(
        string key, Func<Grain, TArgument, ValueTask<TReply>> method, TArgument argument)
    {
        while (true)
        {
            if (Engine.IsStopping)
            {
                return ValueTask.FromException<TReply>(EmbeddedEngine.ShuttingDown());
            }

            if (!activations.TryGetValue(key, out var activation))
            {
                activation = Add(key);
            }

            if (activation.TryCall(method, argument, out var reply))
            {
                return reply;
            }
        }
    }

    internal void Remove(string key, Activation activation)
    {
        if (activations.TryRemove(new(key, activation)))
        {
            Engine.CountResident(-1);
        }
    }

    private Activation Add(string key)
    {
        var added = new Activation(this, key);
        Engine.CountResident(+1);
        var kept = activations.GetOrAdd(key, added);
        if (!ReferenceEquals(kept, added))
        {
            Engine.CountResident(-1);
        }
        else if (Engine.IsStopping)
        {
            added.Close(DeactivationReasonCode.ShuttingDown); // the stop may have looked for activations before this one was there
        }

        return kept;
    }
}

/// <summary>A reference to one grain. It outlives activations: each call finds the present one or makes it.</summary>
public abstract class GrainProxy(GrainKind kind, string key)
{
    /// <summary>
    /// Makes a call. <paramref name="method"/> is a static lambda, so that a call whose turn ends at once allocates nothing.
    /// </summary>
    protected ValueTask<TReply> Call<TArgument, TReply>(Func<Grain, TArgument, ValueTask<TReply>> method, TArgument argument) =>
        kind.Call(key, method, argument);
}

/// <summary>A reference to a user's grain.</summary>
internal sealed class UserGrainProxy(GrainKind kind, string key) : GrainProxy(kind, key), IUserGrain
{
    public ValueTask<StartReply> StartSession(StartSession command) =>
        Call(static (grain, argument) => ((IUserGrain)grain).StartSession(argument), command);

    public ValueTask<SignOutReply> SignOut(SignOut command) =>
        Call(static (grain, argument) => ((IUserGrain)grain).SignOut(argument), command);

    public ValueTask<InspectReply> Inspect(Inspect query) =>
        Call(static (grain, argument) => ((IUserGrain)grain).Inspect(argument), query);

    public ValueTask<ExpireReply> ExpireDue(ExpireDue command) =>
        Call(static (grain, argument) => ((IUserGrain)grain).ExpireDue(argument), command);

    public ValueTask<AcknowledgeReply> AcknowledgeNotices(AcknowledgeNotices command) =>
        Call(static (grain, argument) => ((IUserGrain)grain).AcknowledgeNotices(argument), command);

    public ValueTask<UserView> View(DateTimeOffset at) =>
        Call(static (grain, argument) => ((IUserGrain)grain).View(argument), at);
}
