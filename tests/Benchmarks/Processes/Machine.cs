// The machine that the figures are from.
using System.Globalization;
using System.Runtime.InteropServices;

namespace BankEzy.Sessions.Benchmarks.Processes;

/// <summary>The machine, without its name.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = ValueIn("/proc/cpuinfo", "model name", ':', RuntimeInformation.OSArchitecture.ToString());
        var kilobytes = long.Parse(ValueIn("/proc/meminfo", "MemTotal", ':', "0 kB").Split(' ')[0], CultureInfo.InvariantCulture);
        var system = ValueIn("/etc/os-release", "PRETTY_NAME", '=', "Linux").Trim('"');
        var framework = RuntimeInformation.FrameworkDescription;
        return $"{Environment.ProcessorCount} cores ({model}), {kilobytes / 1024 / 1024} GiB of memory, {system}, {framework}";
    }

    /// <summary>The load of the last minute: above about 0.3 before a run, somebody else is using the machine.</summary>
    public static string Load() => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    private static string ValueIn(string path, string name, char separator, string otherwise) =>
        !File.Exists(path) || File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is not { } line
            ? otherwise
            : line[(line.IndexOf(separator) + 1)..].Trim();
}
