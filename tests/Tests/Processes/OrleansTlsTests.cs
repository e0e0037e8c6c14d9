// The ports between nodes with certificates: who shows one of the cluster's authority is let in, and nobody else.
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Tests.EventStore;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class OrleansTlsTests(PostgresServer server) : IDisposable
{
    private readonly OrleansNodes cluster = new(server);
    private readonly Clients clients = new();
    private readonly string folder = Directory.CreateTempSubdirectory("sessions-tls-").FullName;

    public void Dispose()
    {
        cluster.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Only_nodes_with_a_certificate_of_the_authority_speak_with_each_other()
    {
        var right = Certificates("right");
        var silo = await cluster.Start("silo", right);
        Assert.Equal(200, await silo.Ready());
        var front = await cluster.Start("api", right);
        var stranger = await cluster.Start("api", Certificates("stranger"));
        var plain = await cluster.Start("api");
        await front.UntilReady();
        Assert.Equal(200, await clients.Try(front, 1));
        Assert.Equal(503, await clients.Try(stranger, 2));
        Assert.Equal(503, await clients.Try(plain, 3));
        Assert.Equal((503, 503), (await stranger.Ready(), await plain.Ready()));
        await clients.Verify(front);
    }

    [Fact]
    public void A_node_knows_when_the_first_of_its_certificates_ends()
    {
        var files = Certificates("ends").ToDictionary(one => one.Name.Split("__")[^1], one => one.Value);
        var left = ClusterTlsSetup.EndsAt(new(files["Certificate"], files["Key"], files["Authority"])) - TimeProvider.System.GetUtcNow();
        Assert.InRange(left.TotalHours, 11.9, 12); // the authority's has a day
    }

    // An authority and a node's certificate by it, as PEM files.
    private (string Name, string Value)[] Certificates(string name)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var root = new CertificateRequest($"CN={name} authority", rootKey, HashAlgorithmName.SHA256);
        root.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = root.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var node = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        node.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = node.Create(authority, now.AddDays(-1), now.AddHours(12), [1, 2, 3, 4]);
        return
        [
            ("Sessions__Cluster__Tls__Authority", Write($"{name}-authority", authority.ExportCertificatePem())),
            ("Sessions__Cluster__Tls__Certificate", Write($"{name}-node", certificate.ExportCertificatePem())),
            ("Sessions__Cluster__Tls__Key", Write($"{name}-key", key.ExportPkcs8PrivateKeyPem())),
        ];
    }

    private string Write(string name, string pem)
    {
        var path = Path.Combine(folder, $"{name}.pem");
        File.WriteAllText(path, pem);
        return path;
    }
}
