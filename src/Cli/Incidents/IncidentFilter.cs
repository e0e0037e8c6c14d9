// Which sessions an incident is about, and how it is shown.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Incidents;

/// <summary>Which sessions an incident is about: those that fit every part that is given.</summary>
internal sealed class IncidentFilter
{
    private const int DevicesMax = 100_000;

    private readonly Option<string?> _before = new("--started-before")
    {
        Description = "Sessions that began before this time (RFC 3339)",
        HelpName = "time",
    };

    private readonly Option<string?> _version = new("--app-version")
    {
        Description = "Sessions on devices with this version of the app",
        HelpName = "version",
    };

    private readonly Option<string?> _devices = new("--devices")
    {
        Description = $"Sessions on the devices of this file: one a line, 32 hex digits or an id, at most {DevicesMax:N0}",
        HelpName = "file",
    };

    public void AddTo(Command command)
    {
        command.Add(_before);
        command.Add(_version);
        command.Add(_devices);
    }

    public void Write(Utf8JsonWriter json, ParseResult given)
    {
        if (given.GetValue(_before) is { } before)
        {
            json.WriteString("startedBefore"u8, before);
        }

        if (given.GetValue(_version) is { } version)
        {
            json.WriteString("appVersion"u8, version);
        }

        if (given.GetValue(_devices) is { } file)
        {
            json.WriteStartArray("devices"u8);
            ReadDevices(file).ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }
    }

    private static List<string> ReadDevices(string file)
    {
        try
        {
            var lines = File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0).Take(DevicesMax + 1).ToList();
            return lines.Count is > 0 and <= DevicesMax
                ? lines
                : throw Failure.Usage($"{file} has no device, or more than {DevicesMax:N0}.", "Write one device a line.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failure.Usage($"{file} cannot be read: {failure.Message}", "Name a file that you may read with --devices.");
        }
    }
}

/// <summary>Says how an incident stands.</summary>
internal static class IncidentText
{
    private static readonly string[] Names =
    [
        "id", "program", "phase", "reason", "sentence", "ticket", "startedBefore", "appVersion", "devices", "plannedBy", "plannedFor",
        "plannedAt", "sessions", "users", "countedAt", "needsApproval", "approvedBy", "approvedAt", "closedBy", "closedAt", "ended", "seen",
        "left", "finishedAt",
    ];

    public static void Show(Output output, JsonElement incident) => output.Table(
        ["incident", ""],
        Names.Where(name => incident.Text(name).Length > 0).Select(name => (string[])[WordsOf(name), incident.Text(name)]));

    private static string WordsOf(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? $" {char.ToLowerInvariant(letter)}" : $"{letter}"));

    public static void ShowChecks(Output output, JsonElement checks)
    {
        output.Table(
            ["silo", "answers", "gate"],
            checks.List("silos").Select(silo => (string[])[silo.Text("silo"), silo.Text("reachable"), silo.Text("gate")]));
        output.Line($"The log can be written: {checks.Text("log")}. Keys of the role operate: {checks.Text("operators")}.");
        foreach (var fault in checks.List("faults"))
        {
            output.Line(fault.ToString(), "red");
        }

        output.Line(checks.Flag("ready") is true ? "Ready." : "Not ready.");
    }
}
