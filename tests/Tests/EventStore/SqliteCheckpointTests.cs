// The write-ahead log is copied into the file beside the writer, and starts again although the writer never pauses.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Sqlite;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class SqliteCheckpointTests
{
    private const int Streams = 400;
    private const int Rounds = 100;
    private const int Closings = 20;

    // Before 3.51.3 a write-ahead log that one connection checkpoints and another one writes could be damaged ("WAL-reset").
    [Fact]
    public void The_SQLite_that_ships_may_checkpoint_beside_a_writer() =>
        Assert.True(Version.Parse(Connection.Version) >= new Version(3, 51, 3), Connection.Version);

    [Fact]
    public async Task Under_load_without_a_pause_the_write_ahead_log_starts_again_and_loses_nothing()
    {
        var unlimited = await Load(checkpointPages: int.MaxValue, restart: false);
        var limited = await Load(checkpointPages: 100, restart: true);
        Assert.InRange(limited, 1, unlimited / 2);
    }

    [Fact]
    public async Task A_store_that_is_closed_in_the_middle_of_a_checkpoint_has_everything_in_its_file()
    {
        using var folder = new SqliteFolder();
        var options = new SqliteOptions { Path = folder.Options.Path + ".closed", CheckpointPages = 1 };
        for (var round = 1; round <= Closings; round++)
        {
            using (var store = SqliteFolder.Open(options))
            {
                Assert.Equal(round - 1, (await store.Head("a")).Version);
                Assert.Equal(AppendOutcome.Appended, await store.AppendNext("a", round));
            }

            var left = new FileInfo(options.Path + "-wal");
            Assert.True(!left.Exists || left.Length == 0, "A checkpoint is left to do.");
        }
    }

    // Else the writer could start to copy again before it has ended what it started.
    [Fact]
    public async Task Passes_that_are_over_count_as_copying_until_they_are_ended()
    {
        using var folder = new SqliteFolder();
        using var checkpoints = new Checkpointer(folder.Options.Path);
        Assert.True(checkpoints.IsIdle);
        checkpoints.Begin();
        Assert.False(checkpoints.IsIdle);
        await Wait.Until(() => checkpoints.HasEnded, () => "The passes are not over.");
        Assert.False(checkpoints.IsIdle);
        checkpoints.End();
        Assert.True(checkpoints.IsIdle);
    }

    // The bytes of the write-ahead log after the same appends.
    private static async Task<long> Load(int checkpointPages, bool restart)
    {
        using var folder = new SqliteFolder(path => new SqliteOptions { Path = path, CheckpointPages = checkpointPages });
        var heads = new StreamHead[Streams];
        for (var round = 1; round <= Rounds; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, Streams).Select(async stream =>
            {
                var append = Appends.Build($"s{stream}", heads[stream], round);
                Assert.Equal(AppendOutcome.Appended, await folder.Store.Append(append));
                heads[stream] = new StreamHead(round, append.Events[^1].Hash);
            }));
        }

        var bytes = new FileInfo(folder.Options.Path + "-wal").Length;
        var store = restart ? folder.Restart() : folder.Store;
        for (var stream = 0; stream < Streams; stream++)
        {
            Assert.Equal(heads[stream], await store.Head($"s{stream}"));
        }

        return bytes;
    }
}
