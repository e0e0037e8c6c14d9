// The two ways to subscribe.
using Orleans.Streams;
using Orleans.Streams.Core;

namespace BankEzy.Sessions.Samples;

/// <summary>Subscribes by its class: one activation for each user that is signed out.</summary>
[ImplicitStreamSubscription(SignOutStreams.OfUser)]
internal sealed class UserSubscriber : Grain, IGrainWithStringKey, IStreamSubscriptionObserver
{
    private long _seen;

    public Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory) =>
        handleFactory.Create<PublishedSignOut>().ResumeAsync(Hear);

    private Task Hear(PublishedSignOut item, StreamSequenceToken? token)
    {
        if (item.Version > _seen) // delivered at least once, in the order of the versions
        {
            _seen = item.Version;
            Console.WriteLine($"user {item.User} {item.Version}");
        }

        return Task.CompletedTask;
    }
}

/// <summary>Subscribes when it is asked to. The cluster keeps the subscription; each activation of the grain resumes it.</summary>
[Alias("program-subscriber")]
internal interface IProgramSubscriber : IGrainWithStringKey
{
    [Alias("subscribe")]
    Task Subscribe();
}

internal sealed class ProgramSubscriber : Grain, IProgramSubscriber
{
    private IAsyncStream<PublishedSignOut> Stream => this.GetStreamProvider(SignOutStreams.Provider)
        .GetStream<PublishedSignOut>(SignOutStreams.OfProgram, this.GetPrimaryKeyString());

    public override async Task OnActivateAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll((await Stream.GetAllSubscriptionHandles()).Select(handle => handle.ResumeAsync(Hear)));

    public async Task Subscribe() =>
        _ = (await Stream.GetAllSubscriptionHandles()).Count == 0 ? await Stream.SubscribeAsync(Hear) : null;

    private Task Hear(PublishedSignOut item, StreamSequenceToken? token)
    {
        Console.WriteLine($"program {this.GetPrimaryKeyString()} {item.User} {item.Version}");
        return Task.CompletedTask;
    }
}
