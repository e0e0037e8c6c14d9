// Settings of the framework that would undo ours, and what the process itself is given.
using System.Globalization;

namespace BankEzy.Sessions.Silo.Configuration;

internal static class HostRules
{
    /// <summary>Open files (sockets among them) that the log, the cluster, libraries and the health probes may need beside the clients'
    /// connections.</summary>
    public const int HandlesForOthers = 512;

    private const int HandlesMin = 1_024;
    private const string LimitsFile = "/proc/self/limits";

    /// <summary>Reports settings of the framework with which callers could say where they come from, or listeners would open that are not
    /// this service's.</summary>
    public static void Check(SettingsReader reader, IConfiguration configuration)
    {
        if (string.Equals(configuration["ForwardedHeaders_Enabled"], "true", StringComparison.OrdinalIgnoreCase))
        {
            reader.Fault("ASPNETCORE_FORWARDEDHEADERS_ENABLED lets every caller say in a header where it comes from: remove it, and name "
                + "your proxies in Sessions__Public__KnownProxies__0.");
        }

        if (configuration.GetSection("Kestrel").GetChildren().Any())
        {
            reader.Fault("Kestrel__… would open listeners or limits beside this service's own: remove it, and set Sessions__Public__Url "
                + "and Sessions__Management__Url.");
        }

        if (string.Equals(configuration["PreferHostingUrls"], "true", StringComparison.OrdinalIgnoreCase))
        {
            reader.Fault("ASPNETCORE_PREFERHOSTINGURLS would replace this service's listeners: remove it, and set Sessions__Public__Url "
                + "and Sessions__Management__Url.");
        }
    }

    /// <summary>How many connections may be open: as many as are wanted, and as the process has handles for.</summary>
    /// <param name="reader">Where too few handles are reported.</param>
    /// <param name="wanted">Connections that the service would take.</param>
    /// <param name="handles">Files that the process may have open; null where that is not known.</param>
    public static int ConnectionsMax(SettingsReader reader, int wanted, int? handles)
    {
        if (handles is not { } max)
        {
            return wanted;
        }

        if (max < HandlesMin)
        {
            reader.Fault($"The process may have {max} files open, and each connection is one: allow at least {HandlesMin}, better 65536 "
                + "(ulimit -n, LimitNOFILE= of systemd, --ulimit nofile of a container).");
        }

        return Math.Clamp(max - HandlesForOthers, 1, wanted);
    }

    /// <summary>How many files this process may have open; null on systems that do not say so in a file.</summary>
    public static int? ReadFileHandlesMax()
    {
        var line = File.Exists(LimitsFile)
            ? File.ReadLines(LimitsFile).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            : null;
        var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var max) ? max : null;
    }
}
