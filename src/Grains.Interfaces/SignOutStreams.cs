// Sign-outs as Orleans streams, for other services of the bank: their silos join the cluster and subscribe.
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Providers.Streams.Common;
using Orleans.Storage;
using Orleans.Streams;

namespace BankEzy.Sessions;

/// <summary>The streams that sign-outs are published to, and how another service's silo takes part.</summary>
public static class SignOutStreams
{
    /// <summary>The stream provider.</summary>
    public const string Provider = "sessions";

    /// <summary>The namespace of the streams of one user each; the key is the user's, as in <see cref="PublishedSignOut.User"/>.</summary>
    public const string OfUser = "sign-outs";

    /// <summary>The namespace of the streams of one program each; the key is the program's id: <c>2001</c>.</summary>
    public const string OfProgram = "sign-outs-of-program";

    /// <summary>
    /// Lets the grains of this silo subscribe to sign-outs, with <c>[ImplicitStreamSubscription]</c> or with <c>SubscribeAsync</c>. The
    /// silo has no users and reads no queue: events come from the silos of BankEzy.Sessions, which also keep the subscriptions. It opens
    /// no gateway, and watches the other silos at their pace. Its cluster and service id and its database are the service's own.
    /// </summary>
    /// <param name="silo">The silo.</param>
    public static ISiloBuilder UseSignOutStreams(this ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(MembershipTimings.Set);
        silo.Services.PostConfigure<EndpointOptions>(static endpoint =>
            (endpoint.GatewayPort, endpoint.GatewayListeningEndpoint) = (0, null));
        silo.Services.PostConfigure<GrainTypeOptions>(static types =>
            types.Classes.RemoveWhere(static type => type.FullName == "Orleans.Streams.PubSubRendezvousGrain"));
        silo.Services.AddKeyedSingleton<IGrainStorage, ElsewhereStorage>(Provider); // Orleans asks for one, and does not use it here
        return silo.AddMemoryStreams(Provider, static streams =>
        {
            streams.ConfigureStreamPubSub(StreamPubSubType.ExplicitGrainBasedAndImplicit);
            streams.ConfigureLifecycle(static options => options.Configure(static lifecycle =>
                lifecycle.StartupState = StreamLifecycleOptions.RunState.AgentsStopped));
        });
    }

    // Where subscriptions would be kept if this silo kept them.
    private sealed class ElsewhereStorage : IGrainStorage
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw Refusal();

        public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw Refusal();

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => throw Refusal();

        private static NotSupportedException Refusal() => new("Subscriptions are kept by the silos of BankEzy.Sessions.");
    }
}

/// <summary>
/// A sign-out, as it is published: at least once, and for one user in the order of the versions. A reader that has seen a version of a user
/// leaves out what comes with the same version or a lower one.
/// </summary>
/// <param name="User">Who was signed out.</param>
/// <param name="Version">The sign-out's version in the user's stream.</param>
/// <param name="Cursor">Its place in the feed, for <c>GET /internal/feed/v1</c>.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Mode"><see cref="Mode.Pin"/> for a session, <see cref="Mode.Device"/> for a device's sessions.</param>
/// <param name="Sessions">The sessions that ended.</param>
/// <param name="Account">The user's account number.</param>
[GenerateSerializer, Immutable, Alias("published-sign-out")]
public sealed record PublishedSignOut(
    [property: Id(0)] UserId User,
    [property: Id(1)] long Version,
    [property: Id(2)] string Cursor,
    [property: Id(3)] DateTimeOffset At,
    [property: Id(4)] Mode Mode,
    [property: Id(5)] ImmutableArray<SessionId> Sessions,
    [property: Id(6)] string Account)
{
    /// <summary>Without the account, for messages.</summary>
    public override string ToString() => $"sign-out at {Cursor}";
}

/// <summary>One sign-out on its way to a subscriber. Orleans unpacks it; no code of a subscriber sees it.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="SignOut">The sign-out.</param>
/// <param name="Token">Its place in the stream.</param>
[GenerateSerializer, Immutable, Alias("sign-out-batch")]
public sealed record SignOutBatch(
    [property: Id(0)] StreamId StreamId,
    [property: Id(1)] PublishedSignOut SignOut,
    [property: Id(2)] EventSequenceTokenV2 Token) : IBatchContainer
{
    /// <inheritdoc/>
    public StreamSequenceToken SequenceToken => Token;

    /// <inheritdoc/>
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => SignOut is T item ? [Tuple.Create(item, SequenceToken)] : [];

    /// <inheritdoc/>
    public bool ImportRequestContext() => false;
}
