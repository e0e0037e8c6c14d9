// A batch of appends as the arrays of one prepared call: one round trip and one commit for all of them.
using Npgsql;
using NpgsqlTypes;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>
/// The call of <c>append_all</c> on one connection, which is the cheaper one and stores all or nothing; and of <c>append_events</c>, which
/// checks each append by itself, where the first one was refused; through <c>append_with_keys</c> where an append has keys.
/// </summary>
internal sealed class AppendBatch : IDisposable
{
    /// <summary>Batches after a refused one that are checked: who races does it again soon, and a refused call leaves dead rows.</summary>
    public const int JudgedAfterRefusal = 64;

    private readonly NpgsqlCommand command;
    private readonly NpgsqlParameter<bool> judged = new() { NpgsqlDbType = NpgsqlDbType.Boolean };
    private readonly Column<string> streams;
    private readonly Column<long> expected;
    private readonly Column<Guid> commands;
    private readonly Column<long?> due;
    private readonly Column<string> names;
    private readonly Column<ReadOnlyMemory<byte>> jsons;
    private readonly Column<byte[]> hashes;
    private readonly Column<string> moreStreams;
    private readonly Column<long> moreVersions;
    private readonly Column<int> moreOrdinals;
    private readonly Column<Guid> moreCommands;
    private readonly Column<string> moreNames;
    private readonly Column<ReadOnlyMemory<byte>> moreJsons;
    private readonly Column<byte[]> moreHashes;
    private readonly Column<Guid> keys;
    private readonly Column<string> keyStreams;
    private int leftToJudge;

    /// <summary>Prepares the call.</summary>
    public AppendBatch(NpgsqlConnection connection)
    {
        command = new NpgsqlCommand(
            """
            SELECT CASE WHEN cardinality($16) > 0
            THEN append_with_keys($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            WHEN $1 THEN append_events($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            ELSE append_all($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) END
            """,
            connection);
        command.Parameters.Add(judged);
        streams = new(command, NpgsqlDbType.Text);
        expected = new(command, NpgsqlDbType.Bigint);
        commands = new(command, NpgsqlDbType.Uuid);
        due = new(command, NpgsqlDbType.Bigint);
        names = new(command, NpgsqlDbType.Text);
        jsons = new(command, NpgsqlDbType.Bytea);
        hashes = new(command, NpgsqlDbType.Bytea);
        moreStreams = new(command, NpgsqlDbType.Text);
        moreVersions = new(command, NpgsqlDbType.Bigint);
        moreOrdinals = new(command, NpgsqlDbType.Integer);
        moreCommands = new(command, NpgsqlDbType.Uuid);
        moreNames = new(command, NpgsqlDbType.Text);
        moreJsons = new(command, NpgsqlDbType.Bytea);
        moreHashes = new(command, NpgsqlDbType.Bytea);
        keys = new(command, NpgsqlDbType.Uuid);
        keyStreams = new(command, NpgsqlDbType.Text);
        command.Prepare();

        // The driver asks the server to cancel a call that takes too long. A server that waits for its standby would then stop waiting
        // and show everybody a commit that the standby does not have.
        command.CommandTimeout = 0;
    }

    /// <summary>Stores what can be stored and commits.</summary>
    /// <param name="jobs">The appends.</param>
    /// <param name="abort">Stops waiting for an answer that cannot come any more.</param>
    /// <returns>An outcome for each, in the order of the appends.</returns>
    public async Task<AppendOutcome[]> Run(IReadOnlyList<AppendJob> jobs, CancellationToken abort)
    {
        Clear();
        foreach (var job in jobs)
        {
            Add(job.Append!);
        }

        var answers = await Call(abort) ?? new int[jobs.Count];
        return answers.Length != jobs.Count
            ? throw new InvalidOperationException($"PostgreSQL gave {answers.Length} answers to {jobs.Count} appends")
            : Array.ConvertAll(answers, Read);
    }

    /// <inheritdoc/>
    public void Dispose() => command.Dispose();

    private async Task<int[]?> Call(CancellationToken abort)
    {
        if (leftToJudge == 0)
        {
            var answers = await Ask(isJudged: false, abort);
            if (answers is not { Length: 0 })
            {
                return answers;
            }

            leftToJudge = 1 + JudgedAfterRefusal;
        }

        leftToJudge--;
        return await Ask(isJudged: true, abort);
    }

    // Null where all were appended; a cast of anything else is a bug that must not look like an answer.
    private async Task<int[]?> Ask(bool isJudged, CancellationToken abort)
    {
        judged.TypedValue = isJudged;
        return await command.ExecuteScalarAsync(abort) is var answer and not DBNull ? (int[])answer! : null;
    }

    private static AppendOutcome Read(int answer) => answer switch
    {
        0 => AppendOutcome.Appended,
        1 => AppendOutcome.Conflict,
        2 => AppendOutcome.AlreadyAppended,
        _ => throw new InvalidOperationException($"PostgreSQL answered {answer}"),
    };

    private void Add(Append append)
    {
        var (stream, first) = (append.Stream, append.Events[0]);
        streams.Values.Add(stream);
        expected.Values.Add(append.ExpectedVersion);
        commands.Values.Add(append.Command.Value);
        due.Values.Add(append.NextDue is { } time ? StoredTime.RoundUp(time) : null);
        names.Values.Add(first.Name);
        jsons.Values.Add(first.Json);
        hashes.Values.Add(first.Hash.ToArray());
        for (var ordinal = 1; ordinal < append.Events.Count; ordinal++)
        {
            var added = append.Events[ordinal];
            moreStreams.Values.Add(stream);
            moreVersions.Values.Add(append.ExpectedVersion + 1 + ordinal);
            moreOrdinals.Values.Add(ordinal);
            moreCommands.Values.Add(append.Command.Value);
            moreNames.Values.Add(added.Name);
            moreJsons.Values.Add(added.Json);
            moreHashes.Values.Add(added.Hash.ToArray());
        }

        foreach (var key in append.Keys)
        {
            keys.Values.Add(Reader.Uuid(key));
            keyStreams.Values.Add(stream);
        }
    }

    private void Clear()
    {
        streams.Values.Clear();
        expected.Values.Clear();
        commands.Values.Clear();
        due.Values.Clear();
        names.Values.Clear();
        jsons.Values.Clear();
        hashes.Values.Clear();
        moreStreams.Values.Clear();
        moreVersions.Values.Clear();
        moreOrdinals.Values.Clear();
        moreCommands.Values.Clear();
        moreNames.Values.Clear();
        moreJsons.Values.Clear();
        moreHashes.Values.Clear();
        keys.Values.Clear();
        keyStreams.Values.Clear();
    }

    private readonly struct Column<T>
    {
        public Column(NpgsqlCommand command, NpgsqlDbType type)
        {
            Values = [];
            command.Parameters.Add(new NpgsqlParameter<List<T>> { TypedValue = Values, NpgsqlDbType = type | NpgsqlDbType.Array });
        }

        public List<T> Values { get; }
    }
}
