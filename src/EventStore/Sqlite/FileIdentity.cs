// Which file a path leads to: a path alone does not say whether it is still the file that was opened.
using System.Runtime.InteropServices;
using System.Text;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A file of this machine, whatever its names are.</summary>
/// <param name="Device">The file system.</param>
/// <param name="Number">The inode.</param>
internal readonly record struct FileIdentity(ulong Device, ulong Number)
{
    private const int BufferSize = 256;

    /// <summary>Whether this system can say it. Windows cannot, and need not: an open file is neither removed nor replaced there.</summary>
    public static bool IsKnown { get; } = Of("/") is not null;

    /// <summary>The file that a path leads to now, and how many names it has; null where there is none.</summary>
    public static (FileIdentity File, uint Names)? Read(ReadOnlySpan<byte> path)
    {
        Span<byte> found = stackalloc byte[BufferSize];
        ref readonly var name = ref MemoryMarshal.GetReference(path);
        ref var buffer = ref MemoryMarshal.GetReference(found);
        if (OperatingSystem.IsLinux())
        {
            const int CurrentFolder = -100, Links = 0x4, Inode = 0x100;
            return StatX(CurrentFolder, in name, 0, Links | Inode, ref buffer) == 0
                ? (new(Wide(found[136..]), Wide(found[32..])), MemoryMarshal.Read<uint>(found[16..]))
                : null;
        }

        var failed = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? Stat64(in name, ref buffer) : Stat(in name, ref buffer);
        return failed == 0
            ? (new(MemoryMarshal.Read<uint>(found), Wide(found[8..])), MemoryMarshal.Read<ushort>(found[6..]))
            : null;
    }

    /// <summary>A path as the system takes it.</summary>
    public static byte[] Encode(string path) => [.. Encoding.UTF8.GetBytes(path), 0];

    private static ulong Wide(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ulong>(bytes);

    private static FileIdentity? Of(string path)
    {
        try
        {
            return OperatingSystem.IsLinux() || OperatingSystem.IsMacOS() ? Read(Encode(path))?.File : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int StatX(int folder, in byte path, int flags, uint mask, ref byte found);

    [DllImport("libc", EntryPoint = "stat")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(in byte path, ref byte found);

    [DllImport("libc", EntryPoint = "stat$INODE64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat64(in byte path, ref byte found);
}
