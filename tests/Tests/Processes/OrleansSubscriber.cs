// Another service of the bank, as it lives in the cluster: a silo of its own with grains that subscribe to sign-outs.
using System.Collections.Concurrent;
using System.Net;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace BankEzy.Sessions.Tests.Processes;

[Alias("sign-out-subscriber")]
public interface ISignOutSubscriber : IGrainWithStringKey;

[ImplicitStreamSubscription(SignOutStreams.OfUser)]
[ImplicitStreamSubscription(SignOutStreams.OfProgram)]
public sealed class SignOutSubscriber : Grain, ISignOutSubscriber, IStreamSubscriptionObserver, IAsyncObserver<PublishedSignOut>
{
    private static int refusalsLeft = 3; // an event that is refused comes again

    private string kind = "";

    /// <summary>What came, by namespace and user, in the order in which it came.</summary>
    public static ConcurrentDictionary<(string Namespace, UserId User), ConcurrentQueue<long>> Received { get; } = new();

    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        kind = handleFactory.StreamId.GetNamespace()!;
        await handleFactory.Create<PublishedSignOut>().ResumeAsync(this);
    }

    public Task OnNextAsync(PublishedSignOut item, StreamSequenceToken? token = null)
    {
        if (Interlocked.Decrement(ref refusalsLeft) >= 0)
        {
            throw new InvalidOperationException("Not now.");
        }

        Received.GetOrAdd((kind, item.User), static _ => new()).Enqueue(item.Version);
        return Task.CompletedTask;
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    /// <summary>What is left when everything with a version that was seen before, or a lower one, is left out.</summary>
    public static IReadOnlyList<long> Taken(string kind, UserId user)
    {
        var taken = new List<long>();
        foreach (var version in Received.GetValueOrDefault((kind, user)) ?? [])
        {
            if (taken.Count == 0 || version > taken[^1])
            {
                taken.Add(version);
            }
        }

        return taken;
    }

    /// <summary>A silo that has these grains and no users.</summary>
    public static IHost Silo(string clusterId, string connection)
    {
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (clusterId, "bankezy-sessions"));
            silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = ("Npgsql", connection));
            silo.ConfigureEndpoints(IPAddress.Loopback, FreePorts.Or(0, IPAddress.Loopback), FreePorts.Or(0, IPAddress.Loopback));
            silo.Configure<ClusterMembershipOptions>(
                options => (options.ProbeTimeout, options.NumMissedProbesLimit) =
                    (MembershipTimings.Probe, MembershipTimings.MissedProbes));
            silo.Configure<GrainTypeOptions>(options => options.Classes.Remove(typeof(UserGrain)));
            // The name is what counts: the events come from the sessions' silos, and this one has no queue of its own to read.
            silo.AddMemoryStreams(SignOutStreams.Provider, streams =>
            {
                streams.ConfigureStreamPubSub(StreamPubSubType.ImplicitOnly);
                streams.ConfigureLifecycle(options => options.Configure(
                    lifecycle => lifecycle.StartupState = StreamLifecycleOptions.RunState.AgentsStopped));
            });
        });
        return builder.Build();
    }
}
