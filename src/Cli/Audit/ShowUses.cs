// sessions audit: who looked at whom, and what management keys were used for.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Audit;

internal static class ShowUses
{
    private const int PageMax = 1_000;

    private static readonly Option<string?> Key = new("--key-name") { Description = "The uses of this key alone", HelpName = "name" };

    private static readonly Option<string?> For = new("--for")
    {
        Description = "The uses for this person alone (X-Actor)",
        HelpName = "name",
    };

    private static readonly Option<string?> User = new("--user") { Description = "The uses about this user alone", HelpName = "reference" };

    private static readonly Option<string?> From = new("--from")
    {
        Description = "Not before this time (RFC 3339); 30 days back when absent",
        HelpName = "time",
    };

    private static readonly Option<string?> Until = new("--until") { Description = "Before this time (RFC 3339)", HelpName = "time" };

    private static readonly Option<int> Last = new("--last")
    {
        Description = "The newest of them, at most so many",
        DefaultValueFactory = _ => 100,
        HelpName = "count",
    };

    public static Command Command(CommonOptions common) => new Command(
        "audit", "What management keys were used for, and by whom, newest first; with --json one use a line. Role: audit")
    {
        Key, For, User, From, Until, Last,
    }.Does(common, async run =>
    {
        var (left, before) = (run.Given.GetValue(Last), (string?)null);
        do
        {
            using var page = await run.Service.Post("/internal/audit/v1", json => Write(json, run.Given, left, before), run.Stop);
            var rows = page.RootElement.List("rows").ToList();
            Show(run.Out, rows);
            (left, before) = (left - rows.Count, page.RootElement.Text("next"));
        }
        while (left > 0 && before.Length > 0);
        return ExitCode.Done;
    });

    private static void Write(Utf8JsonWriter json, ParseResult given, int left, string? before)
    {
        foreach (var (name, value) in new[]
        {
            ("key", given.GetValue(Key)), ("actor", given.GetValue(For)), ("user", given.GetValue(User)), ("from", given.GetValue(From)),
            ("until", given.GetValue(Until)), ("before", before),
        })
        {
            if (value is not null)
            {
                json.WriteString(name, value);
            }
        }

        json.WriteNumber("max"u8, Math.Min(left, PageMax));
    }

    private static void Show(Output output, List<JsonElement> rows)
    {
        if (output.IsJson)
        {
            rows.ForEach(row => Output.Json(System.Text.Encoding.UTF8.GetBytes(row.GetRawText())));
        }
        else if (rows.Count > 0)
        {
            output.Table(["at", "key", "for", "what", "user"], rows.Select(row => (string[])[
                row.Text("at"), row.Text("key"), row.Text("actor"), row.Text("what"), row.Text("user")]));
        }
    }
}
