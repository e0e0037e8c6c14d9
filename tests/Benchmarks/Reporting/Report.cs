// The figures as a page for people: on the console, and as a file that is committed with its plot.
using System.Text;
using BankEzy.Sessions.Benchmarks.Processes;

namespace BankEzy.Sessions.Benchmarks.Reporting;

/// <summary>Collects results and writes the page.</summary>
internal sealed class Report(Bench bench)
{
    private readonly Options options = bench.Options;
    private readonly string load = Machine.Load();
    private readonly StringBuilder text = new();
    private readonly Dictionary<Aim, List<double>> verdicts = [];

    /// <summary>The curves and bars.</summary>
    public Plot Plot { get; } = new();

    /// <summary>Begins a section.</summary>
    public void Section(string title, string introduction) =>
        text.Append("\n## ").Append(title).Append("\n\n").Append(introduction.TrimEnd()).Append("\n\n");

    /// <summary>Adds a table: its first columns are text, all others are figures.</summary>
    public void Table(IReadOnlyList<string> headers, IEnumerable<IEnumerable<string>> rows, int texts = 1)
    {
        Row(text, headers);
        Row(text, headers.Select((_, column) => column < texts ? "---" : "--:"));
        foreach (var row in rows)
        {
            Row(text, row);
        }
    }

    /// <summary>A sentence or two below a table.</summary>
    public void Note(string note) => text.Append('\n').Append(note).Append('\n');

    /// <summary>Adds measured values of an aim.</summary>
    public void Measured(Aim aim, IEnumerable<double> values)
    {
        if (!verdicts.TryGetValue(aim, out var known))
        {
            verdicts[aim] = known = [];
        }

        known.AddRange(values.Where(double.IsFinite));
    }

    /// <summary>Prints the page and, unless this was a trial, keeps it.</summary>
    public void Write()
    {
        var now = TimeProvider.System.GetUtcNow();
        var name = options.IsAll ? $"{now:yyyy-MM-dd}" : $"{now:yyyy-MM-dd}-{string.Join('-', options.Commands)}";
        var page = new StringBuilder($"""
            # Benchmarks, {now:yyyy-MM-dd}{(options.IsAll ? "" : $": {string.Join(", ", options.Commands)}")}

            {Machine.Describe()}. Load of the machine before the run: {load}.
            Logs are on a disk ({new DriveInfo(options.Disk).DriveFormat}), with an fsync before each answer to a change.
            {PostgresLine()}
            Again: `dotnet run -c Release --project tests/Benchmarks -- {options.Arguments}`. How each case is measured:
            [README](../README.md).

            """.ReplaceLineEndings("\n"));
        AddVerdicts(page);
        foreach (var left in bench.LeftOut)
        {
            page.Append("\nLeft out: ").Append(left).Append('\n');
        }

        var hasPlot = Plot.Panels.Count > 0;
        page.Append(hasPlot ? $"\n![The figures as curves and bars]({name}.svg)\n" : "").Append(text);
        Console.WriteLine(page);
        if (!options.IsTrial)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Bench.Root, "tests", "Benchmarks", "results")).FullName;
            File.WriteAllText(Path.Combine(folder, $"{name}.md"), page.ToString());
            if (hasPlot)
            {
                File.WriteAllText(Path.Combine(folder, $"{name}.svg"), Plot.Draw());
            }
        }
    }

    private string PostgresLine() => bench.PostgresVersion is { } version
        ? $"PostgreSQL {version} on the same machine, its own cluster: {string.Join(", ", PostgresServer.Settings)}.\n"
        : "";

    private void AddVerdicts(StringBuilder page)
    {
        if (verdicts.Count == 0)
        {
            return;
        }

        page.Append("\n## Aims\n\nMedian (least – most) of the runs. The ceiling is a bare Kestrel endpoint that reads the same request "
            + "and returns the same bytes.\n\n");
        Row(page, ["what", "aim", "measured", "met"]);
        Row(page, ["---", "---", "--:", "---"]);
        foreach (var aim in Aims.All.Where(verdicts.ContainsKey))
        {
            var values = verdicts[aim];
            var isMet = values.Count > 0 && aim.IsMetBy(values);
            Row(page, [aim.What, aim.Goal, Statistics.Spread(values, aim.Format), isMet ? "yes" : "**no**"]);
        }
    }

    private static void Row(StringBuilder page, IEnumerable<string> cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
