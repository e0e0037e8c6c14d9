// The file, its write-ahead log and its lock belong to one process, and stay the ones that it opened: what is written to a file that has
// no name any more is gone with the process.
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>The files of a store, held for as long as it is open.</summary>
internal sealed class OwnedFiles : IDisposable
{
    private const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _lock;
    private readonly FileStream? _database;
    private readonly (byte[] Path, FileIdentity File)[] _held;
    private readonly byte[] _logPath;
    private FileIdentity? _log;
    private volatile StoreUnavailableException? _lost;

    private OwnedFiles(string path, FileStream lockFile, FileStream? database)
    {
        (Path, _lock, _database) = (path, lockFile, database);
        _logPath = FileIdentity.Encode(path + "-wal");
        _held = FileIdentity.IsKnown ? [Identify(path), Identify(lockFile.Name)] : [];
    }

    /// <summary>The file, behind all links.</summary>
    public string Path { get; }

    /// <summary>Why the files are not those that were opened; null while they are. It stays so until the process starts anew.</summary>
    public StoreUnavailableException? Lost => _lost;

    /// <summary>Makes the file, for its owner alone, unless it is there, and locks it.</summary>
    /// <exception cref="StoreUnavailableException">Another process has it, or it cannot be made.</exception>
    public static OwnedFiles Open(string path)
    {
        FileStream? lockFile = null, database = null;
        try
        {
            MakeFolder(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            path = new FileInfo(path).LinkTarget is null
                ? System.IO.Path.GetFullPath(path)
                : File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
            lockFile = OpenAlone(path + ".lock");

            // Who removes the lock, or comes by another name, meets the lock on the file itself. SQLite's own locks are of another kind
            // on Linux; on other systems the two would meet.
            database = OperatingSystem.IsLinux() ? OpenAlone(path) : null;
            return new OwnedFiles(path, lockFile, database);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            database?.Dispose();
            lockFile?.Dispose();
            throw new StoreUnavailableException(
                $"{path} is in use by another process, or it or {path}.lock cannot be made ({failure.Message}). One process owns the file: "
                + "stop the other one, give this one a path of its own, or use PostgreSQL for several nodes.",
                failure);
        }
        catch
        {
            database?.Dispose();
            lockFile?.Dispose();
            throw;
        }
    }

    /// <summary>Remembers which file the write-ahead log is, after the file was opened.</summary>
    public void NoteLog() => _log = FileIdentity.IsKnown ? FileIdentity.Read(_logPath)?.File : null;

    /// <summary>Whether the database has no path any more: then it is gone with this process. A file that was moved has one.</summary>
    public bool IsNameless => _held.Length > 0 && (_database is { } held
        ? FileIdentity.Read(FileIdentity.Encode($"/proc/self/fd/{held.SafeFileHandle.DangerousGetHandle()}")) is not { Names: > 0 }
        : FileIdentity.Read(_held[0].Path)?.File != _held[0].File);

    /// <summary>The write-ahead log may go and come back, until <see cref="NoteLog"/>.</summary>
    public void ForgetLog() => _log = null;

    /// <summary>Returns when all files are still those that were opened.</summary>
    /// <exception cref="StoreUnavailableException">They are not; the message says what to do.</exception>
    public void Check()
    {
        ThrowIfLost();
        foreach (var (path, file) in _held)
        {
            Require(FileIdentity.Read(path)?.File == file);
        }

        Require(_log is not { } log || FileIdentity.Read(_logPath)?.File == log);
    }

    /// <summary>Returns unless an earlier <see cref="Check"/> has found other files. Asks nobody.</summary>
    /// <exception cref="StoreUnavailableException">It has.</exception>
    public void ThrowIfLost()
    {
        if (_lost is { } known)
        {
            throw new StoreUnavailableException(known.Message, known);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _database?.Dispose();
        _lock.Dispose();
    }

    private void Require(bool isSame)
    {
        if (!isSame)
        {
            _lost = new StoreUnavailableException(
                $"{Path}, its -wal or its .lock was removed, moved or replaced while the service runs: nothing is acknowledged any more. "
                + "Stop the service, put the files back (where they are gone, the copy that its last lines name, or a backup), and start "
                + "it again.");
            throw _lost;
        }
    }

    private static (byte[] Path, FileIdentity File) Identify(string path)
    {
        var encoded = FileIdentity.Encode(path);
        var (file, names) = FileIdentity.Read(encoded) ?? throw new IOException($"{path} has gone");
        return names == 1
            ? (encoded, file)
            : throw new StoreUnavailableException(
                $"{path} has {names} names (hard links): its write-ahead log would belong to one of them only. Remove the others.");
    }

    /// <summary>Makes a folder, for its owner alone, unless it is there.</summary>
    internal static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
        }
        else
        {
            Directory.CreateDirectory(folder, OwnFile | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Opens or makes a file that its owner alone may read.</summary>
    internal static FileStream OpenAlone(string path, FileShare share = FileShare.None)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(path, options);
        }

        options.UnixCreateMode = OwnFile;
        var opened = new FileStream(path, options);
        File.SetUnixFileMode(opened.SafeFileHandle, OwnFile); // Also where an older version made it.
        return opened;
    }
}
