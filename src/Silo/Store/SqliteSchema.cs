// The tables, made by numbered scripts; PRAGMA user_version remembers the last one that ran.
using System.Globalization;
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>The file's schema.</summary>
internal static class SqliteSchema
{
    private const string Folder = ".sql.sqlite.";

    /// <summary>Brings the file to the newest schema, each step in a transaction of its own.</summary>
    public static void Migrate(SqliteDatabase database, string path)
    {
        var scripts = Scripts();
        var version = database.ReadNumber("PRAGMA user_version");
        if (version > scripts[^1].Number)
        {
            throw new StoreUnavailableException(
                $"{path} was written by a newer version of the service: start that version. "
                + $"(The file has schema {version}, this version knows {scripts[^1].Number}.)");
        }

        foreach (var (number, sql) in scripts.Where(script => script.Number > version))
        {
            database.Execute($"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version = {number};\nCOMMIT;");
        }
    }

    private static List<(int Number, string Sql)> Scripts()
    {
        var assembly = typeof(SqliteSchema).Assembly;
        var scripts = new List<(int Number, string Sql)>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.Contains(Folder, StringComparison.Ordinal)))
        {
            var number = name.AsSpan(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length, 3);
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            scripts.Add((int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture), reader.ReadToEnd()));
        }

        scripts.Sort((one, other) => one.Number.CompareTo(other.Number));
        return scripts;
    }
}
