// Whether any grain of the cluster subscribes to a stream. By its class: the silos know of each other what grains they have. By
// SubscribeAsync: Orleans keeps that in the storage of grains, which is asked for it.
using Npgsql;
using Orleans.Metadata;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

/// <summary>Looks for subscriptions.</summary>
/// <param name="manifests">What grains there are.</param>
/// <param name="database">Where explicit subscriptions are; null for a silo that is alone, to which nobody else can subscribe.</param>
/// <param name="serviceId">Whose subscriptions.</param>
internal sealed class SubscriberDetector(IClusterManifestProvider manifests, NpgsqlDataSource? database, string serviceId)
{
    private const string Subscriptions =
        "FROM grain_states WHERE service = $1 AND type LIKE '%PubSubRendezvousGrain%' AND state IS NOT NULL";

    private ClusterManifest? _seen;
    private bool _hasClasses;

    /// <summary>Whether there is any subscription. Asked after the log was read, it is never behind what was read.</summary>
    public async ValueTask<bool> HasAny()
    {
        if (HasClasses() || database is null)
        {
            return _hasClasses;
        }

        await using var command = database.CreateCommand($"SELECT EXISTS (SELECT {Subscriptions})");
        command.Parameters.Add(new() { Value = serviceId });
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Of these streams, those that somebody may subscribe to. A stream that nobody wants is not shown to Orleans: it would
    /// activate a grain and write a row for it.</summary>
    public async ValueTask<IReadOnlySet<StreamId>> Of(IReadOnlyCollection<StreamId> streams)
    {
        if (streams.Count == 0 || HasClasses())
        {
            return streams.ToHashSet();
        }

        var keys = streams.Distinct().ToDictionary(static stream => $"{SignOutStreams.Provider}/{stream}", StringComparer.Ordinal);
        var wanted = new HashSet<StreamId>();
        if (database is not null)
        {
            await using var command = database.CreateCommand($"SELECT key {Subscriptions} AND key = ANY($2)");
            command.Parameters.Add(new() { Value = serviceId });
            command.Parameters.Add(new() { Value = keys.Keys.ToArray() });
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                wanted.Add(keys[reader.GetString(0)]);
            }
        }

        return wanted;
    }

    private bool HasClasses()
    {
        var manifest = manifests.Current;
        if (!ReferenceEquals(manifest, _seen))
        {
            _hasClasses = manifest.AllGrainManifests.Any(silo => silo.Grains.Values.Any(IsSubscriber));
            _seen = manifest;
        }

        return _hasClasses;
    }

    private static bool IsSubscriber(GrainProperties grain) => grain.Properties.Any(property =>
        property.Key.StartsWith(WellKnownGrainTypeProperties.BindingPrefix, StringComparison.Ordinal)
        && property.Value == WellKnownGrainTypeProperties.StreamBindingTypeValue);
}
