// What a caller is told when Orleans could not make a call: the same exceptions as from the embedded engine, and no key in their texts.
namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Looks at the calls that fail, and costs the others next to nothing.</summary>
internal sealed class GrainCallErrorFilter : IOutgoingGrainCallFilter
{
    public Task Invoke(IOutgoingGrainCallContext context)
    {
        var call = context.Invoke();
        return call.IsCompletedSuccessfully || context.Request.GetInterfaceType() != typeof(IUserGrain) ? call : Watch(call);
    }

#pragma warning disable MA0054 // The cause is left out on purpose: its text names the user.
    private static async Task Watch(Task call)
    {
        try
        {
            await call;
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{nameof(IUserGrain)} gave no answer in time.");
        }
        catch (LimitExceededException)
        {
            throw new LimitExceededException($"{nameof(IUserGrain)} is busy: as many calls as it may have wait for it already.");
        }
        catch (OrleansException fault)
        {
            throw new OrleansException($"{nameof(IUserGrain)} could not be called ({fault.GetType().Name}).");
        }
    }
#pragma warning restore MA0054
}
