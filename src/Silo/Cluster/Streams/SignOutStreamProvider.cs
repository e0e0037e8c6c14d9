// Sign-outs as Orleans streams. The log is the queue: Orleans' own pulling agent reads the feed, one agent in the whole cluster, which
// moves to another silo when its own dies and continues from the checkpoint. Nothing is stored twice. docs/decisions/0009-streams.md.
using BankEzy.Sessions.Silo.Configuration;
using Npgsql;
using Orleans.Configuration;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

internal static class SignOutStreamProvider
{
    // An event that a subscriber keeps refusing holds up the others once the cache is full, so there is an end to it.
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromMinutes(10);

    public static void Publish(ISiloBuilder silo, ClusterSettings cluster) => silo.AddPersistentStreams(
        SignOutStreams.Provider,
        (services, name) => new FeedQueue(name, services, cluster),
        static streams =>
        {
            streams.ConfigureStreamPubSub(StreamPubSubType.ExplicitGrainBasedAndImplicit);
            streams.ConfigurePullingAgent(static options => options.Configure(static agent =>
            {
                agent.GetQueueMsgsTimerPeriod = FeedQueueReceiver.Tick;
                agent.MaxEventDeliveryTime = DeliveryTimeout;
                agent.StreamInactivityPeriod = TimeSpan.FromMinutes(1); // every user is a stream: none is remembered for long
            }));
            streams.ConfigurePartitionBalancing(static (silo, _) => ActivatorUtilities.CreateInstance<OldestSiloBalancer>(silo));
        });

    /// <summary>The feed as a queue of one partition: one reader keeps the order.</summary>
    private sealed class FeedQueue(string name, IServiceProvider services, ClusterSettings cluster)
        : IQueueAdapterFactory, IQueueAdapter, IDisposable
    {
        private const int CacheMax = 20_000;

        private readonly HashRingBasedStreamQueueMapper _mapper = new(new HashRingStreamQueueMapperOptions { TotalQueueCount = 1 }, name);

        private readonly NpgsqlDataSource? _database = cluster.PostgresConnection is { } connection
            ? NpgsqlDataSource.Create(SiloConfiguration.Database(connection).ConnectionString)
            : null;

        public string Name => name;

        /// <summary>False: the past is read from the feed, by cursor.</summary>
        public bool IsRewindable => false;

        public StreamProviderDirection Direction => StreamProviderDirection.ReadOnly;

        public Task<IQueueAdapter> CreateAdapter() => Task.FromResult<IQueueAdapter>(this);

        public IQueueAdapterCache GetQueueAdapterCache() => new SimpleQueueAdapterCache(
            new SimpleQueueCacheOptions { CacheSize = CacheMax }, name, services.GetRequiredService<ILoggerFactory>());

        public IStreamQueueMapper GetStreamQueueMapper() => _mapper;

        public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
            Task.FromResult<IStreamFailureHandler>(new DeliveryFailureLog(services.GetRequiredService<ILogger<DeliveryFailureLog>>()));

        public IQueueAdapterReceiver CreateReceiver(QueueId queueId) => new FeedQueueReceiver(
            services.GetRequiredService<IFeed>(),
            StreamCheckpoint.Of(_database, cluster.CheckpointFolder),
            new SubscriberDetector(services.GetRequiredService<IClusterManifestProvider>(), _database, cluster.ServiceId),
            TimeProvider.System,
            services.GetRequiredService<ILogger<FeedQueueReceiver>>());

        public void Dispose() => _database?.Dispose();

        public Task QueueMessageBatchAsync<T>(
            StreamId streamId, IEnumerable<T> events, StreamSequenceToken? token, Dictionary<string, object>? requestContext) =>
            throw new NotSupportedException("What is published here comes from the log alone.");
    }
}

/// <summary>Reports an event that a subscriber did not take, and lets the subscription live: the next one may be taken.</summary>
internal sealed partial class DeliveryFailureLog(ILogger logger) : IStreamFailureHandler
{
    public bool ShouldFaultSubsriptionOnError => false;

    public Task OnDeliveryFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken)
    {
        LogGivenUp(logger, subscriptionId.ToString(), sequenceToken?.ToString());
        return Task.CompletedTask;
    }

    public Task OnSubscriptionFailure(
        GuidId subscriptionId, string streamProviderName, StreamId streamIdentity, StreamSequenceToken? sequenceToken) =>
        OnDeliveryFailure(subscriptionId, streamProviderName, streamIdentity, sequenceToken);

    [LoggerMessage(1005, LogLevel.Error,
        "A subscriber of sign-outs ({Subscription}) did not take the event at {Token}; it is given up for this subscriber alone.")]
    private static partial void LogGivenUp(ILogger logger, string subscription, string? token);
}
