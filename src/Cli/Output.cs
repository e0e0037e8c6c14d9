// Standard output for answers, standard error for everything else. Colours only where somebody looks, and never with NO_COLOR.
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace BankEzy.Sessions.Cli;

/// <summary>Where a command writes.</summary>
internal sealed class Output
{
    private const int WidthOfFiles = 4_000;
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly IAnsiConsole _console;
    private readonly IAnsiConsole _errors;

    /// <summary>Takes the process's outputs.</summary>
    /// <param name="isJson">Whether answers are JSON.</param>
    public Output(bool isJson)
    {
        IsJson = isJson;
        _console = Open(Console.Out, Console.IsOutputRedirected);
        _errors = Open(Console.Error, Console.IsErrorRedirected);
    }

    public bool IsJson { get; }

    /// <summary>Whether somebody may be asked.</summary>
    public static bool IsInteractive => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    /// <summary>A console on standard error, for what moves while a command works.</summary>
    public IAnsiConsole Progress => _errors;

    /// <summary>Writes an answer for people.</summary>
    public void Line(string text, string style = "") =>
        Write(_console, Console.Out, Console.IsOutputRedirected, text, style.Length == 0 ? Style.Plain : Style.Parse(style));

    /// <summary>Writes a table; without lines where no terminal shows it.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = Console.IsOutputRedirected ? TableBorder.None : TableBorder.Simple };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn(new Text(column, Style.Parse("bold"))) { NoWrap = Console.IsOutputRedirected });
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => (IRenderable)new Text(Plain(cell))));
        }

        _console.Write(table);
    }

    /// <summary>Writes one line of JSON.</summary>
    public static void Json(ReadOnlySpan<byte> utf8)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(utf8);
        output.Write("\n"u8);
    }

    /// <summary>Writes an object of our own as one line of JSON.</summary>
    public static void Json(Action<Utf8JsonWriter> write) => Json(Bytes(write));

    /// <summary>Writes an answer of the service: as it came with --json, else in the given way.</summary>
    public void Answer(JsonDocument answer, Action<JsonElement> forPeople)
    {
        if (IsJson)
        {
            Json(Encoding.UTF8.GetBytes(answer.RootElement.GetRawText()));
        }
        else
        {
            forPeople(answer.RootElement);
        }
    }

    /// <summary>Says why the command ends, and what to do.</summary>
    public void Fail(Failure failure)
    {
        if (IsJson)
        {
            Console.Error.WriteLine(Encoding.UTF8.GetString(Bytes(json =>
            {
                json.WriteStartObject();
                json.WriteString("error"u8, failure.Message);
                json.WriteString("advice"u8, failure.Advice);
                json.WriteNumber("exitCode"u8, failure.Code);
                json.WriteEndObject();
            })));
        }
        else
        {
            Error(failure.Message, new Style(Color.Red));
            Error(failure.Advice, Style.Plain);
        }
    }

    /// <summary>Says something that is no answer.</summary>
    public void Note(string text) => Error(text, new Style(Color.Grey));

    /// <summary>Text of the service may hold what a device's owner typed: nothing of it may steer the terminal.</summary>
    public static string Plain(string text) => text.AsSpan().ContainsAnyInRange('\0', '\u001f')
        || text.AsSpan().ContainsAnyInRange('\u007f', '\u009f')
        ? string.Concat(text.Select(letter => char.IsControl(letter) && letter != '\n' ? '\ufffd' : letter))
        : text;

    private void Error(string text, Style style) => Write(_errors, Console.Error, Console.IsErrorRedirected, text, style);

    // Lines are broken to fit where somebody looks, and nowhere else: another program reads them.
    private static void Write(IAnsiConsole console, TextWriter file, bool isFile, string text, Style style)
    {
        if (isFile)
        {
            file.WriteLine(Plain(text));
        }
        else
        {
            console.Write(new Text(Plain(text) + "\n", style));
        }
    }

    private static byte[] Bytes(Action<Utf8JsonWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Relaxed))
        {
            write(json);
        }

        return bytes.ToArray();
    }

    private static IAnsiConsole Open(TextWriter writer, bool isRedirected)
    {
        var isPlain = isRedirected || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isRedirected ? AnsiSupport.No : AnsiSupport.Detect,
            ColorSystem = isPlain ? ColorSystemSupport.NoColors : ColorSystemSupport.Detect,
            Interactive = isRedirected ? InteractionSupport.No : InteractionSupport.Detect,
        });
        if (isRedirected)
        {
            console.Profile.Width = WidthOfFiles;
        }

        return console;
    }
}
