// The ports between nodes, encrypted: every node shows a certificate of the same authority, and speaks with nobody who shows none.
using System.Security.Cryptography.X509Certificates;
using BankEzy.Sessions.Silo.Configuration;
using Orleans.Connections.Security;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class ClusterTlsSetup
{
    public static void Configure(ISiloBuilder silo, ClusterTls? tls)
    {
        if (tls is not null)
        {
            silo.UseTls(options => Fill(options, tls));
        }
    }

    public static void Configure(IClientBuilder client, ClusterTls? tls)
    {
        if (tls is not null)
        {
            client.UseTls(options => Fill(options, tls));
        }
    }

    /// <summary>When the first of the certificates that this node starts with ends, its own or the authority's.</summary>
    public static DateTimeOffset EndsAt(ClusterTls tls)
    {
        using var authority = X509CertificateLoader.LoadCertificateFromFile(tls.Authority);
        using var own = X509CertificateLoader.LoadCertificateFromFile(tls.Certificate);
        return new DateTimeOffset(new[] { authority.NotAfter, own.NotAfter }.Min().ToUniversalTime(), TimeSpan.Zero);
    }

    private static void Fill(TlsOptions options, ClusterTls tls)
    {
        var authority = X509CertificateLoader.LoadCertificateFromFile(tls.Authority);
        options.LocalCertificate = X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        // Nodes come and go by address: who issued the certificate counts, not the name in it.
        options.RemoteCertificateValidation = (certificate, _, _) => IsIssuedBy(authority, certificate);
        options.OnAuthenticateAsClient = static (_, client) => client.TargetHost = "bankezy-sessions";
    }

    private static bool IsIssuedBy(X509Certificate2 authority, X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck; // an authority of the cluster's own has no list to ask
        return chain.Build(certificate);
    }
}
