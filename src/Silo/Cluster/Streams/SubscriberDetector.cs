// Whether any grain of the cluster subscribes to a stream. The silos tell each other what grains they have, subscriptions included.
using Orleans.Metadata;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

/// <summary>Looks for subscriptions, once for each change of the cluster.</summary>
/// <param name="manifests">What grains there are.</param>
internal sealed class SubscriberDetector(IClusterManifestProvider manifests)
{
    private ClusterManifest? seen;
    private bool areThere;

    public bool AreThere()
    {
        var manifest = manifests.Current;
        if (!ReferenceEquals(manifest, seen))
        {
            areThere = manifest.AllGrainManifests.Any(silo => silo.Grains.Values.Any(IsSubscriber));
            seen = manifest;
        }

        return areThere;
    }

    private static bool IsSubscriber(GrainProperties grain) => grain.Properties.Any(property =>
        property.Key.StartsWith(WellKnownGrainTypeProperties.BindingPrefix, StringComparison.Ordinal)
        && property.Value == WellKnownGrainTypeProperties.StreamBindingTypeValue);
}
