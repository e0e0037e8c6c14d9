// The kernel's readiness queue: one call says which of many connections have an answer. Linux only, as is /proc that we read.
using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>Waits for many sockets with one thread; anything that .NET has for it costs more than the requests themselves.</summary>
internal sealed class Epoll : IDisposable
{
    private const int Readable = 1;
    private const int Add = 1;

    // The structure is packed on x86-64 and nowhere else.
    private static readonly bool IsPacked = RuntimeInformation.ProcessArchitecture == Architecture.X64;
    private static readonly int EventBytes = IsPacked ? 12 : 16;
    private static readonly int TagOffset = IsPacked ? 4 : 8;

    private readonly int queue;
    private readonly int eventsMax;
    private readonly byte[] events;

    public Epoll(int eventsMax)
    {
        this.eventsMax = eventsMax;
        events = new byte[eventsMax * EventBytes];
        queue = Checked(epoll_create1(0));
    }

    /// <summary>Watches a socket; <paramref name="tag"/> is what <see cref="Tag"/> says when it is readable.</summary>
    public void Watch(int socket, int tag)
    {
        Span<byte> entry = stackalloc byte[EventBytes];
        entry.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(entry, Readable);
        BinaryPrimitives.WriteInt32LittleEndian(entry[TagOffset..], tag);
        Checked(epoll_ctl(queue, Add, socket, ref MemoryMarshal.GetReference(entry)));
    }

    /// <summary>Waits until a socket is readable; 0 when the time is over.</summary>
    public int Wait(TimeSpan timeout)
    {
        var ready = epoll_wait(queue, ref events[0], eventsMax, 0);
        if (ready == 0 && timeout > TimeSpan.Zero)
        {
            // epoll_wait knows milliseconds only, which is too coarse for a steady pace.
            var poll = new PollEntry { File = queue, Asked = Readable };
            var (seconds, ticks) = Math.DivRem(timeout.Ticks, TimeSpan.TicksPerSecond);
            var span = new TimeSpec { Seconds = (nint)seconds, Nanoseconds = (nint)(ticks * TimeSpan.NanosecondsPerTick) };
            _ = ppoll(ref poll, 1, ref span, 0);
            ready = epoll_wait(queue, ref events[0], eventsMax, 0);
        }

        return Math.Max(ready, 0); // interrupted by a signal: as if nothing was ready
    }

    /// <summary>Which socket the n-th event is about.</summary>
    public int Tag(int index) => BinaryPrimitives.ReadInt32LittleEndian(events.AsSpan((index * EventBytes) + TagOffset));

    public void Dispose() => _ = close(queue);

    private static int Checked(int result) => result >= 0 ? result : throw new Win32Exception();

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_create1(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_ctl(int queue, int operation, int file, ref byte entry);

    [DllImport("libc", SetLastError = true)]
    private static extern int epoll_wait(int queue, ref byte entries, int entriesMax, int milliseconds);

    [DllImport("libc", SetLastError = true)]
    private static extern int ppoll(ref PollEntry entries, nuint count, ref TimeSpec timeout, nint signals);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int file);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int File;
        public short Asked;
        public short Told;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
