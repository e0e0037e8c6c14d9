// The file has lost its name, by a removal or by another file in its place: what it holds is gone with the process unless it is copied.
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A copy of a log whose file has no name any more.</summary>
internal static class RescueCopy
{
    private const int CopiesMax = 100;

    /// <summary>Copies everything that was committed, synced to the disk, into a new file beside the path.</summary>
    /// <param name="database">A connection that has the file still open.</param>
    /// <param name="path">The file's former path.</param>
    /// <returns>The copy's path.</returns>
    /// <exception cref="SqliteFailure">It cannot be copied.</exception>
    /// <exception cref="IOException">The copy cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    public static string Write(Connection database, string path)
    {
        OwnedFiles.MakeFolder(Path.GetDirectoryName(path)!);
        var copy = Enumerable.Range(1, CopiesMax).Select(number => $"{path}.rescued-{number}").FirstOrDefault(name => !File.Exists(name))
            ?? throw new IOException($"{path} has {CopiesMax} copies of the kind already");
        using var file = OwnedFiles.OpenAlone(copy, FileShare.ReadWrite);
        try
        {
            database.EndTransaction();
            database.Execute($"VACUUM INTO '{copy.Replace("'", "''", StringComparison.Ordinal)}'");
            file.Flush(flushToDisk: true);
            return copy;
        }
        catch
        {
            File.Delete(copy); // A part of the log, or nothing of it, must not look like all of it.
            throw;
        }
    }
}
