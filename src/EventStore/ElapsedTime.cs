// How much time has passed, also while the machine slept: a laptop that wakes up after two hours must not think that its clock has jumped.
using System.Runtime.InteropServices;

namespace BankEzy.Sessions.EventStore;

/// <summary>The system's time, with timestamps that nobody sets and that go on while the machine is suspended.</summary>
/// <remarks>
/// .NET's own timestamps stand still during a suspend on Linux (CLOCK_MONOTONIC) and macOS (CLOCK_UPTIME_RAW); on Windows they go on.
/// </remarks>
internal sealed class ElapsedTime : TimeProvider
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private static readonly int? Clock = Usable(
        OperatingSystem.IsLinux() ? 7 // CLOCK_BOOTTIME
        : OperatingSystem.IsMacOS() ? 6 // CLOCK_MONOTONIC, which counts sleep there
        : null);

    private ElapsedTime()
    {
    }

    /// <summary>The only one.</summary>
    public static ElapsedTime Instance { get; } = new();

    /// <inheritdoc/>
    public override long TimestampFrequency => Clock is null ? System.TimestampFrequency : NanosecondsPerSecond;

    /// <summary>A clock's timestamps: this one's for the system's clock, and a test's own.</summary>
    public static TimeProvider Of(TimeProvider clock) => ReferenceEquals(clock, System) ? Instance : clock;

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        if (Clock is not { } clock)
        {
            return System.GetTimestamp();
        }

        return GetTime(clock, out var time) == 0
            ? (time.Seconds * NanosecondsPerSecond) + time.Nanoseconds
            : throw new InvalidOperationException($"clock_gettime({clock}) failed with {Marshal.GetLastPInvokeError()}.");
    }

    private static int? Usable(int? clock)
    {
        try
        {
            return clock is { } number && GetTime(number, out _) == 0 ? number : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetTime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
