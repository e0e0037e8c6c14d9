// sessions verify: recomputes every hash chain of the log, and names the first event that is not what was stored.
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace BankEzy.Sessions.Cli.Verify;

/// <summary>Verifies the log.</summary>
internal static class VerifyLog
{
    private const string Until = "--until";
    private const string Expect = "--expect";

    public static Command Command(CommonOptions common)
    {
        var until = new Option<string?>(Until)
        {
            Description = "Stop after the event of this cursor, such as the end of an earlier run",
            HelpName = "cursor",
        };
        var expect = new Option<string?>(Expect)
        {
            Description = "The fingerprint of an earlier run up to the same cursor: finds a log whose end is missing or that was "
                + "written anew",
            HelpName = "fingerprint",
        };
        return new Command("verify", "Recomputes every hash chain of the log and names the first damaged event. Role: audit")
        {
            until, expect,
        }.Does(common, run => Run(run, run.Given.GetValue(until), run.Given.GetValue(expect)));
    }

    private static async Task<int> Run(CommandRun run, string? until, string? expect)
    {
        var end = until is null ? (LogCursor?)null : ReadCursor(until);
        if (expect is { Length: not 2 * ChainHash.Size })
        {
            throw Failure.Usage($"{Expect} is not a fingerprint.", "It is the 64 hex digits that an earlier run printed.");
        }

        var began = run.Time.GetTimestamp();
        using var chain = new ChainVerifier();
        var last = await (run.Out.IsJson || Console.IsErrorRedirected ? Verify(run, chain, end, _ => { }) : WithProgress(run, chain, end));
        var found = new Findings(chain, last, expect, run.Time.GetElapsedTime(began));
        if (end is { } wanted && last is { } reached && wanted.IsAfter(ReadCursor(reached)))
        {
            found = found with { IsShort = true };
        }

        found.Show(run.Out);
        return found.IsWhole ? ExitCode.Done : ExitCode.Failed;
    }

    private static Task<string?> WithProgress(CommandRun run, ChainVerifier chain, LogCursor? end) => run.Out.Progress
        .Progress().AutoClear(true)
        .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(async progress =>
        {
            var bar = progress.AddTask("Verifying the log");
            return await Verify(run, chain, end, percent =>
            {
                bar.Value = percent;
                bar.Description = string.Create(CultureInfo.InvariantCulture, $"{chain.Events:N0} events");
            });
        });

    private static async Task<string?> Verify(CommandRun run, ChainVerifier chain, LogCursor? end, Action<int> progress)
    {
        var reader = new LogReader(run.Service);
        var next = reader.Read(after: null, LogReader.PageMax, run.Stop);
        while (true)
        {
            var page = await next;
            var goOn = !page.EndsAt(end) && page.More; // Asked first: it leaves out what comes after the end.
            next = goOn ? reader.Read(page.Next, LogReader.PageMax, run.Stop) : next;
            try
            {
                chain.Check(page);
            }
            catch (InvalidDataException form)
            {
                throw new Failure(ExitCode.Failed, form.Message,
                    "The service is of another version than this tool: compare with 'sessions --version'.");
            }

            progress(page.Percent);
            if (!goOn)
            {
                return page.LastCursor;
            }
        }
    }

    private static LogCursor ReadCursor(string text) => LogCursor.TryParse(Encoding.UTF8.GetBytes(text), out var cursor)
        ? cursor
        : throw Failure.Usage($"{Until} is not a cursor.", "It is the end that an earlier run printed, such as 0-4711.");
}

/// <summary>What was found.</summary>
internal sealed record Findings(ChainVerifier Chain, string? End, string? Expected, TimeSpan Took)
{
    /// <summary>Whether the log ended before the cursor up to which it was to be verified.</summary>
    public bool IsShort { get; init; }

    private bool IsOther => Expected is not null && !Expected.Equals(Chain.Fingerprint, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether everything is as it was stored.</summary>
    public bool IsWhole => Chain.Damages == 0 && !IsOther && !IsShort;

    private long Rate => (long)(Chain.Events / Math.Max(Took.TotalSeconds, 0.001));

    public void Show(Output output)
    {
        if (output.IsJson)
        {
            Output.Json(Write);
        }
        else
        {
            Say(output);
        }
    }

    private void Say(Output output)
    {
        output.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"{Chain.Events:N0} events of {Chain.Streams:N0} streams verified in {Took.TotalSeconds:0.0} s, {Rate:N0} a second."));
        if (Chain.Damages > 0)
        {
            var first = Chain.Damaged[0];
            var count = Chain.Damages == 1 ? "1 event is" : $"{Chain.Damages} events are";
            var stream = first.Stream.Length > 0 ? first.Stream : "an unknown stream";
            output.Line($"DAMAGED. {count} not what was stored. The first one, at {first.Cursor}, is version {first.Version} of {stream} "
                + $"({first.Name}): {first.Why}.", "bold red");
            output.Table(
                ["cursor", "stream", "version", "name", "what is wrong"],
                Chain.Damaged.Select(one => (string[])[one.Cursor, one.Stream, $"{one.Version}", one.Name, one.Why]));
            if (Chain.Damages > Chain.Damaged.Count)
            {
                output.Line($"These are the first {Chain.Damaged.Count}.");
            }

            output.Line("Keep a copy of the log, do not repair it by hand, and go on as docs/operations.md says under damage.");
        }

        if (IsShort)
        {
            output.Line("SHORT. The log ends before the cursor up to which it was to be verified: its end is missing.", "bold red");
        }

        if (IsOther)
        {
            output.Line("OTHER. The fingerprint is not the expected one: the log up to here is not the one of the earlier run.",
                "bold red");
        }

        if (IsWhole)
        {
            output.Line(Chain.Events == 0 ? "The log is empty." : "Every event is what was stored.", "green");
        }

        output.Line($"end {End ?? "-"}  fingerprint {Chain.Fingerprint}");
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteBoolean("ok"u8, IsWhole);
        json.WriteNumber("events"u8, Chain.Events);
        json.WriteNumber("streams"u8, Chain.Streams);
        json.WriteNumber("damages"u8, Chain.Damages);
        json.WriteStartArray("damaged"u8);
        foreach (var one in Chain.Damaged)
        {
            json.WriteStartObject();
            json.WriteString("cursor"u8, one.Cursor);
            json.WriteString("stream"u8, one.Stream);
            json.WriteNumber("version"u8, one.Version);
            json.WriteString("name"u8, one.Name);
            json.WriteString("why"u8, one.Why);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("endIsMissing"u8, IsShort);
        json.WriteBoolean("fingerprintDiffers"u8, IsOther);
        json.WriteString("end"u8, End ?? "");
        json.WriteString("fingerprint"u8, Chain.Fingerprint);
        json.WriteNumber("seconds"u8, Math.Round(Took.TotalSeconds, 3));
        json.WriteNumber("eventsPerSecond"u8, Rate);
        json.WriteEndObject();
    }
}
