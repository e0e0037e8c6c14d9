// The tables, made by numbered scripts; PRAGMA user_version remembers the last one that ran.
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>The file's schema.</summary>
internal static class Schema
{
    // The step that began the index of search. What was appended before it is in no index, and only the service's key can make one.
    private const int SearchStep = 2;

    /// <summary>Brings the file to the newest schema, each step in a transaction of its own.</summary>
    public static void Migrate(Connection database, string path)
    {
        var scripts = SchemaScripts.Of("Sqlite");
        var version = database.ReadNumber("PRAGMA user_version");
        if (version > scripts[^1].Number)
        {
            throw new StoreUnavailableException(
                $"{path} was written by a newer version of the service: start that version. "
                + $"(The file has schema {version}, this version knows {scripts[^1].Number}.)");
        }

        if (version > 0 && database.ReadNumber("SELECT count(*) FROM sqlite_schema WHERE name = 'properties'") == 0)
        {
            throw new StoreUnavailableException(
                $"{path} is a log in the form before the first release, which this version cannot read: move it away with its -wal and "
                + "-shm, and start again to have a new one.");
        }

        if (version is > 0 and < SearchStep && database.ReadNumber("SELECT count(*) FROM (SELECT 1 FROM events LIMIT 1)") > 0)
        {
            throw new StoreUnavailableException(
                $"{path} is a log in a form before the first release, whose events are in no index of search: move it away with its -wal "
                + "and -shm, and start again to have a new one.");
        }

        foreach (var (number, sql) in scripts.Where(script => script.Number > version))
        {
            database.Execute($"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;");
        }
    }
}
