// The cluster's own connections reach the server that the log's connections reach: of several hosts the one that takes writes.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Silo.Cluster;
using Npgsql;

namespace BankEzy.Sessions.Tests.Cluster;

public sealed class ClusterDatabaseTests
{
    [Fact]
    public void Of_several_hosts_the_one_that_takes_writes_is_used_and_a_silent_network_is_noticed()
    {
        var used = new NpgsqlConnectionStringBuilder(
            SiloConfiguration.Database("Host=standby,primary;Database=bank;Username=sessions;Options=-c jit=off").ConnectionString);
        Assert.Equal(("primary", true), (used.TargetSessionAttributes, used.TcpKeepAlive));
        Assert.StartsWith("-c jit=off -c tcp_keepalives_idle=", used.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void A_standby_is_refused_without_showing_the_connection_string()
    {
        var fault = Assert.Throws<StoreUnavailableException>(() => SiloConfiguration.Database(
            "Host=one,two;Database=bank;Username=sessions;Password=canary;Target Session Attributes=prefer-standby"));
        Assert.Contains("standby", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", fault.Message, StringComparison.Ordinal);
    }
}
