// sessions verify: one flipped bit anywhere in the events of an SQLite log is found, and the first damaged event is named.
using System.Globalization;
using System.Text.Json;
using BankEzy.Sessions.Cli.Service;
using BankEzy.Sessions.Cli.Verify;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Data.Sqlite;

namespace BankEzy.Sessions.Tests.Cli;

public sealed class VerifyTests : IAsyncLifetime
{
    /// <summary>The columns of an event that its hash covers, and the hash.</summary>
    public static TheoryData<string> Columns => ["json", "name", "hash", "version", "command", "ordinal", "stream"];

    private readonly string _folder = Directory.CreateTempSubdirectory("bankezy-verify-").FullName;
    private ServiceUnderTest _service = null!;
    private SqliteConnection _file = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var path = Path.Combine(_folder, "data", "sessions.db");
        _service = await ServiceUnderTest.Start($"--Sessions:Sqlite:Path={path}");
        _file = new SqliteConnection($"Data Source={path};Pooling=False"); // Another program that reaches past the service.
        await _file.OpenAsync(Stop);
        Sql("PRAGMA synchronous = OFF");
    }

    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        await _service.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_whole_log_is_whole_and_its_fingerprint_is_the_same_until_something_is_appended()
    {
        await FillLog();
        var first = await Verify();
        Assert.Equal((0, true), (first.Code, first.Said.GetProperty("ok").GetBoolean()));
        Assert.Equal(long.Parse(Sql("SELECT count(*) FROM events"), CultureInfo.InvariantCulture),
            first.Said.GetProperty("events").GetInt64());
        Assert.Equal(long.Parse(Sql("SELECT count(*) FROM streams"), CultureInfo.InvariantCulture),
            first.Said.GetProperty("streams").GetInt64());
        var (end, fingerprint) = (first.Said.GetProperty("end").GetString()!, first.Said.GetProperty("fingerprint").GetString()!);
        await FillLog();
        Assert.NotEqual(fingerprint, (await Verify()).Said.GetProperty("fingerprint").GetString());
        Assert.Equal(0, (await Verify("--until", end, "--expect", fingerprint)).Code);
        Assert.Equal(1, (await Verify("--expect", fingerprint)).Code);
    }

    [Fact]
    public async Task A_log_whose_end_is_missing_is_found_by_the_cursor_and_one_written_anew_by_the_fingerprint()
    {
        await FillLog();
        var first = await Verify();
        var (end, fingerprint) = (first.Said.GetProperty("end").GetString()!, first.Said.GetProperty("fingerprint").GetString()!);
        DropTriggers();
        Sql("DELETE FROM events WHERE position = (SELECT max(position) FROM events)");
        var shortened = await Verify("--until", end, "--expect", fingerprint);
        Assert.Equal(1, shortened.Code);
        Assert.True(shortened.Said.GetProperty("endIsMissing").GetBoolean());
        Assert.True(shortened.Said.GetProperty("fingerprintDiffers").GetBoolean());
        Assert.Equal(0, shortened.Said.GetProperty("damages").GetInt64()); // The chains alone do not show it.
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task The_tool_names_the_first_damaged_event(string column)
    {
        await FillLog();
        DropTriggers();
        var position = Positions()[^2];
        Flip("events", column, "position", position, bit: 0);
        var run = await Verify();
        Assert.Equal(1, run.Code);
        Assert.False(run.Said.GetProperty("ok").GetBoolean());
        Assert.Equal($"0-{position}", run.Said.GetProperty("damaged")[0].GetProperty("cursor").GetString());
        var forPeople = await Tool.Run(_service, "verify");
        Assert.Equal(1, forPeople.Code);
        Assert.Contains($"The first one, at 0-{position}, is version", forPeople.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Columns))]
    public async Task Every_bit_of_an_event_counts(string column)
    {
        await FillLog();
        DropTriggers();
        foreach (var position in (long[])[Positions()[1], Positions()[^1]])
        {
            var bits = Flip("events", column, "position", position, bit: -1);
            for (var bit = 0; bit < bits; bit++)
            {
                Flip("events", column, "position", position, bit);
                Assert.True(await FirstDamage() == $"0-{position}", $"bit {bit} of {column} of the event at {position} was not found");
                Flip("events", column, "position", position, bit);
            }
        }

        Assert.Null(await FirstDamage());
    }

    [Fact]
    public async Task A_stream_that_was_renamed_and_a_missing_event_are_named_where_they_show()
    {
        await FillLog();
        DropTriggers();
        Flip("streams", "name", "id", long.Parse(Sql("SELECT stream FROM events WHERE position = 1"), CultureInfo.InvariantCulture),
            bit: 3);
        Assert.Equal("0-1", await FirstDamage());
        Flip("streams", "name", "id", long.Parse(Sql("SELECT stream FROM events WHERE position = 1"), CultureInfo.InvariantCulture),
            bit: 3);
        var follower = long.Parse(Sql("SELECT min(position) FROM events WHERE version = 2"), CultureInfo.InvariantCulture);
        Sql($"DELETE FROM events WHERE version = 1 AND stream = (SELECT stream FROM events WHERE position = {follower})");
        Assert.Equal($"0-{follower}", await FirstDamage());
    }

    [Fact]
    public async Task Pages_of_any_size_give_the_same_result()
    {
        await FillLog();
        var whole = await CheckAll(LogReader.PageMax);
        Assert.Equal(whole, await CheckAll(1));
        Assert.Equal(whole, await CheckAll(3));
    }

    private async Task FillLog()
    {
        for (var user = 0; user < 3; user++)
        {
            var visitor = await _service.SignIn(mode: 2);
            Assert.Equal(200, (await _service.Logout(visitor, "2")).Status);
        }
    }

    private async Task<(int Code, JsonElement Said)> Verify(params string[] options)
    {
        var run = await Tool.Run(_service, ["verify", "--json", .. options]);
        Assert.Equal("", run.Error);
        return (run.Code, JsonDocument.Parse(run.Output).RootElement);
    }

    // As the tool does, in this process: so that thousands of flipped bits can be tried.
    private async Task<string?> FirstDamage()
    {
        using var chain = await Check(LogReader.PageMax);
        return chain.Damaged.FirstOrDefault()?.Cursor;
    }

    private async Task<(long, int, long, string)> CheckAll(int max)
    {
        using var chain = await Check(max);
        return (chain.Events, chain.Streams, chain.Damages, chain.Fingerprint);
    }

    private async Task<ChainVerifier> Check(int max)
    {
        var key = Path.Combine(_folder, "key");
        await File.WriteAllTextAsync(key, ServiceUnderTest.ManagementKey, Stop);
        using var client = ServiceClient.Open($"{_service.Management}", key, actor: null);
        var (chain, reader) = (new ChainVerifier(), new LogReader(client));
        for (LogPage? page = null; page is null || page.More;)
        {
            page = await reader.Read(page?.Next, max, Stop);
            chain.Check(page);
        }

        return chain;
    }

    private List<long> Positions()
    {
        using var command = _file.CreateCommand();
        command.CommandText = "SELECT position FROM events ORDER BY position";
        using var rows = command.ExecuteReader();
        var positions = new List<long>();
        while (rows.Read())
        {
            positions.Add(rows.GetInt64(0));
        }

        return positions;
    }

    /// <summary>Flips a bit of a value, be it bytes, text or a number.</summary>
    /// <returns>How many bits it has; with -1 nothing is flipped.</returns>
    private int Flip(string table, string column, string key, long id, int bit)
    {
        using var read = _file.CreateCommand();
        read.CommandText = $"SELECT typeof({column}), CAST({column} AS BLOB), {column} FROM {table} WHERE {key} = {id}";
        using var row = read.ExecuteReader();
        Assert.True(row.Read());
        var (type, bytes) = (row.GetString(0), row.GetFieldValue<byte[]>(1));
        var bits = type == "integer" ? 64 : bytes.Length * 8;
        using var write = _file.CreateCommand();
        write.CommandText = $"UPDATE {table} SET {column} = {(type == "text" ? "CAST($value AS TEXT)" : "$value")} WHERE {key} = {id}";
        if (bit < 0)
        {
            return bits;
        }

        if (type == "integer")
        {
            write.Parameters.AddWithValue("$value", row.GetInt64(2) ^ (1L << bit));
        }
        else
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            write.Parameters.AddWithValue("$value", bytes);
        }

        row.Close();
        write.ExecuteNonQuery();
        return bits;
    }

    private void DropTriggers() => Sql("DROP TRIGGER events_are_not_updated; DROP TRIGGER events_are_not_deleted");

    private string Sql(string sql)
    {
        using var command = _file.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }
}
