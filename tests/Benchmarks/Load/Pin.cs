// Keeps the calling thread on one processor. Without it the sender wanders, and pushes the service's threads about.
using System.Runtime.InteropServices;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>The calling thread stays on the machine's last processor until this is disposed; the service may use all of them.</summary>
internal sealed class Pin : IDisposable
{
    private const int MaskBytes = 128; // 1,024 processors
    private readonly byte[]? before;

    private Pin(byte[]? before) => this.before = before;

    /// <summary>Pins the calling thread, where the kernel lets it.</summary>
    public static Pin ToLastProcessor()
    {
        var allowed = new byte[MaskBytes];
        if (sched_getaffinity(0, MaskBytes, ref allowed[0]) < 0)
        {
            return new Pin(null);
        }

        var mine = new byte[MaskBytes];
        var last = Array.FindLastIndex(allowed, bits => bits != 0);
        mine[last] = (byte)(1 << (31 - int.LeadingZeroCount(allowed[last])));
        return new Pin(sched_setaffinity(0, MaskBytes, ref mine[0]) == 0 ? allowed : null);
    }

    public void Dispose()
    {
        if (before is not null)
        {
            _ = sched_setaffinity(0, MaskBytes, ref before[0]);
        }
    }

    [DllImport("libc")]
    private static extern int sched_getaffinity(int thread, nint bytes, ref byte mask);

    [DllImport("libc")]
    private static extern int sched_setaffinity(int thread, nint bytes, ref byte mask);
}
