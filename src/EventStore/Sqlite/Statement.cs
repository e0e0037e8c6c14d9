// A prepared statement: bind, step, read, reset.
using System.Text;
using SQLitePCL;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A statement of one connection. Parameters count from 1, columns from 0, as in SQLite.</summary>
internal sealed class Statement(Connection database, sqlite3_stmt statement) : IDisposable
{
    private const int StackTextMax = 256;

    /// <summary>Binds a number.</summary>
    public Statement Bind(int parameter, long value)
    {
        database.Check(raw.sqlite3_bind_int64(statement, parameter, value));
        return this;
    }

    /// <summary>Binds bytes; SQLite copies them.</summary>
    public Statement Bind(int parameter, ReadOnlySpan<byte> value)
    {
        database.Check(raw.sqlite3_bind_blob(statement, parameter, value));
        return this;
    }

    /// <summary>Binds a text; it may hold zero characters.</summary>
    public Statement Bind(int parameter, string value)
    {
        var max = Encoding.UTF8.GetMaxByteCount(value.Length);
        var bytes = max <= StackTextMax ? stackalloc byte[StackTextMax] : new byte[max];
        var length = Encoding.UTF8.GetBytes(value, bytes);
        database.Check(raw.sqlite3_bind_text(statement, parameter, bytes[..length]));
        return this;
    }

    /// <summary>Goes to the next row; false after the last one.</summary>
    public bool Step()
    {
        var code = raw.sqlite3_step(statement);
        if (code is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return code == raw.SQLITE_ROW;
        }

        Reset();
        database.Check(code);
        return false;
    }

    /// <summary>Runs a statement that returns nothing.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>The number in the first column of the only row, or null without a row.</summary>
    public long? ReadNumber()
    {
        long? number = Step() ? Number(0) : null;
        Reset();
        return number;
    }

    /// <summary>A column as a number.</summary>
    public long Number(int column) => raw.sqlite3_column_int64(statement, column);

    /// <summary>A column as bytes; they are valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);

    /// <summary>A column as text.</summary>
    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    /// <summary>Makes it ready for the next run. What it says about the last run is known already.</summary>
    public void Reset() => _ = raw.sqlite3_reset(statement);

    /// <inheritdoc/>
    public void Dispose() => statement.Dispose();
}
