// The numbered scripts that make the tables; they are inside the assembly.
using System.Globalization;

namespace BankEzy.Sessions.EventStore;

/// <summary>A step of the schema.</summary>
/// <param name="Number">Its number: 1, 2, 3…</param>
/// <param name="Sql">What it does.</param>
internal readonly record struct SchemaScript(int Number, string Sql);

internal static class SchemaScripts
{
    /// <summary>The scripts of a kind of database (a folder of the stores), in the order of their numbers.</summary>
    public static List<SchemaScript> Of(string database)
    {
        var folder = $".{database}.sql.";
        var assembly = typeof(SchemaScripts).Assembly;
        var scripts = new List<SchemaScript>();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.Contains(folder, StringComparison.Ordinal)))
        {
            var number = name.AsSpan(name.IndexOf(folder, StringComparison.Ordinal) + folder.Length, 3);
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            scripts.Add(new SchemaScript(int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture), reader.ReadToEnd()));
        }

        scripts.Sort((one, other) => one.Number.CompareTo(other.Number));
        return scripts;
    }
}
