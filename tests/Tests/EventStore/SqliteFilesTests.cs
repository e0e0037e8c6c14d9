// The file is the one that was opened, and one process's: nothing is acknowledged that a restart does not find.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Sqlite;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class SqliteFilesTests : IDisposable
{
    private readonly SqliteFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Path => folder.Options.Path;

    public SqliteFilesTests() => Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows keeps open files.");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("removed")]
    [InlineData("moved")]
    [InlineData("replaced")]
    [InlineData("log removed")]
    [InlineData("log replaced")]
    [InlineData("lock removed")]
    public async Task When_a_file_is_not_the_one_that_was_opened_nothing_more_is_acknowledged(string how)
    {
        Assert.Equal(AppendOutcome.Appended, await folder.Store.AppendNext("before", command: 1));
        Do(how);
        for (var number = 0; number < 3; number++)
        {
            Assert.NotNull(await folder.Store.TryAppend($"after {number}"));
        }

        // An append whose outcome is unknown is read back: a reader that still has the file must not say that it was stored.
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await folder.Store.ReadStream("after 0", 0, 1, Stop));
        var refusal = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await folder.Store.CheckHealth(Stop));
        Assert.Contains("removed, moved or replaced", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log removed")]
    [InlineData("log replaced")]
    public async Task A_write_ahead_log_that_was_removed_loses_nothing_that_was_acknowledged(string how)
    {
        for (var number = 0; number < 20; number++)
        {
            Assert.Null(await folder.Store.TryAppend($"before {number}"));
        }

        Do(how);
        Assert.NotNull(await folder.Store.TryAppend("after"));

        // As a process finds it that starts after this one was killed.
        foreach (var end in new[] { "-wal", "-shm" })
        {
            File.Delete(Path + end);
        }

        Assert.True(int.Parse(folder.Sql("SELECT count(*) FROM events"), System.Globalization.CultureInfo.InvariantCulture) >= 20);
    }

    [Theory]
    [InlineData("removed")]
    [InlineData("replaced")]
    [InlineData("folder removed")]
    public async Task A_file_that_was_replaced_is_copied_with_all_that_was_acknowledged(string how)
    {
        for (var number = 0; number < 20; number++)
        {
            Assert.Null(await folder.Store.TryAppend($"before {number}"));
        }

        Do(how);
        Assert.NotNull(await folder.Store.TryAppend("after"));
        var copy = Path + ".rescued-1";
        await Wait.Until(
            () => folder.Lines.Lines.Any(line => line.Text.Contains(copy, StringComparison.Ordinal)), () => "There is no copy.");
        folder.Close();
        Assert.False(File.Exists(Path + ".rescued-2"));
        File.Move(copy, Path, overwrite: true);
        File.Delete(Path + "-wal");
        File.Delete(Path + "-shm");
        var store = folder.Restart();
        Assert.Null(await store.TryAppend("new"));
        for (var number = 0; number < 20; number++)
        {
            Assert.Single(await store.ReadStream($"before {number}", 0, 10, Stop));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_file_that_is_lost_as_a_commit_fails_is_copied_or_no_copy_is_left(bool isBroken)
    {
        var fail = false;
        SQLitePCL.sqlite3? handle = null;
        using var failing = new SqliteFolder(path => new SqliteOptions
        {
            Path = path,
            WriterOpened = opened => handle = opened,
            BeforeCommit = () =>
            {
                if (fail)
                {
                    File.Delete(path);
                    SQLitePCL.raw.sqlite3_progress_handler(handle, 1, _ => isBroken ? 1 : 0, null);
                    throw new IOException("the disk");
                }
            },
        });
        Assert.Null(await failing.Store.TryAppend("before"));
        fail = true;
        Assert.NotNull(await failing.Store.TryAppend("after"));
        var copy = failing.Options.Path + ".rescued-1";
        await Wait.Until(
            () => failing.Lines.Lines.Any(line => line.Text.Contains("has no name any more", StringComparison.Ordinal)),
            () => "Nobody says what became of the log.");
        failing.Close();
        Assert.Equal(!isBroken, File.Exists(copy));
        if (!isBroken)
        {
            using var store = SqliteFolder.Open(new SqliteOptions { Path = copy });
            Assert.Single(await store.ReadStream("before", 0, 10, Stop));
            Assert.Empty(await store.ReadStream("after", 0, 10, Stop));
        }
    }

    [Fact]
    public async Task A_file_that_was_moved_has_all_that_was_acknowledged_and_is_not_copied()
    {
        Assert.Null(await folder.Store.TryAppend("before"));
        Do("moved");
        Assert.NotNull(await folder.Store.TryAppend("after"));
        folder.Close();
        File.Delete(Path + "-wal");
        File.Delete(Path + "-shm");
        File.Move(Path + ".moved", Path);
        Assert.Single(await folder.Restart().ReadStream("before", 0, 10, Stop));
        Assert.Empty(Directory.GetFiles(System.IO.Path.GetDirectoryName(Path)!, "*rescued*"));
    }

    [Fact]
    public async Task Files_that_are_lost_while_nobody_writes_are_noticed()
    {
        await folder.Store.AppendNext("a", command: 1);
        File.Delete(Path + "-wal");
        await Wait.Until(
            () => folder.Lines.Lines.Any(line => line.Text.Contains("not those that were opened", StringComparison.Ordinal)),
            () => "Nobody notices.");
    }

    [Fact]
    public void A_second_opener_by_a_symbolic_link_is_refused()
    {
        var link = Path + ".link";
        File.CreateSymbolicLink(link, Path);
        Refuses(link, "in use by another process");
    }

    [Fact]
    public void A_second_opener_by_a_hard_link_is_refused()
    {
        var other = Directory.CreateDirectory(Path + ".folder").FullName + "/hard.db";
        HardLink(Path, other);
        Refuses(other, "in use by another process");
    }

    [Fact]
    public void A_file_with_two_names_is_refused()
    {
        folder.Close();
        HardLink(Path, Path + ".hard");
        Refuses(Path, "has 2 names");
    }

    [Fact]
    public void A_second_opener_after_the_lock_was_removed_is_refused()
    {
        File.Delete(Path + ".lock");
        Refuses(Path, "in use by another process");
    }

    [Fact]
    public async Task All_files_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        await folder.Store.AppendNext("a", command: 1);
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        foreach (var end in new[] { "", "-wal", "-shm", ".lock" })
        {
            Assert.Equal(own, File.GetUnixFileMode(Path + end));
        }

        Assert.Equal(own | UnixFileMode.UserExecute, File.GetUnixFileMode(System.IO.Path.GetDirectoryName(Path)!));
    }

    private void Do(string how)
    {
        switch (how)
        {
            case "removed":
                File.Delete(Path);
                break;
            case "moved":
                File.Move(Path, Path + ".moved");
                break;
            case "replaced":
                File.WriteAllBytes(Path + ".copy", []);
                File.Move(Path + ".copy", Path, overwrite: true);
                break;
            case "folder removed":
                Directory.Delete(System.IO.Path.GetDirectoryName(Path)!, recursive: true);
                break;
            case "log removed":
                File.Delete(Path + "-wal");
                break;
            case "log replaced":
                File.Copy(Path + "-wal", Path + ".copy");
                File.Move(Path + ".copy", Path + "-wal", overwrite: true);
                break;
            default:
                File.Delete(Path + ".lock");
                break;
        }
    }

    private static void Refuses(string path, string why)
    {
        var refusal = Assert.Throws<StoreUnavailableException>(() => SqliteFolder.Open(new SqliteOptions { Path = path }));
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
    }

    private static void HardLink(string path, string name)
    {
        using var process = System.Diagnostics.Process.Start("ln", [path, name]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
