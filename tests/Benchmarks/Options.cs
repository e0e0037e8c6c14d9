// What a run can be told on its command line.
using System.Globalization;

namespace BankEzy.Sessions.Benchmarks;

/// <summary>The settings of a run; the defaults are those of the committed results.</summary>
internal sealed record Options
{
    public const string Usage = """
        dotnet run -c Release --project tests/Benchmarks -- logout | parts | all [options]
          logout             load on the built service, with the bare-Kestrel ceiling in the same run
          parts              the steps of a logout, one by one, in this process
          all                both
          --runs <n>         how often each case is measured (5)
          --seconds <s>      how long one measurement takes (4)
          --connections <n>  keep-alive connections (256)
          --users <n>        users prepared for one measurement (200000); one that runs out of them ends early
          --disk <folder>    where the log is, in a folder of its own (the temporary folder)
          --trial            short, and writes no results file
        """;

    public string Command { get; private init; } = "";

    /// <summary>The command line as it was given.</summary>
    public string Arguments { get; private init; } = "";

    public int Runs { get; private init; } = 5;

    public TimeSpan Time { get; private init; } = TimeSpan.FromSeconds(4);

    public int Connections { get; private init; } = 256;

    public int Users { get; private init; } = 200_000;

    public string Disk { get; private init; } = Path.GetTempPath();

    public bool IsTrial { get; private init; }

    /// <summary>Reads the command line; null when it cannot be understood.</summary>
    public static Options? Read(string[] args)
    {
        if (args.Length == 0 || args[0] is not ("logout" or "parts" or "all"))
        {
            return null;
        }

        var options = new Options { Command = args[0], Arguments = string.Join(' ', args) };
        for (var i = 1; i < args.Length; i++)
        {
            if (args[i] == "--trial")
            {
                options = options with { IsTrial = true, Runs = 1, Time = TimeSpan.FromSeconds(0.5) };
            }
            else if (i + 1 == args.Length || options.With(args[i], args[++i]) is not { } changed)
            {
                return null;
            }
            else
            {
                options = changed;
            }
        }

        return options;
    }

    private Options? With(string name, string text)
    {
        if (name == "--disk")
        {
            return this with { Disk = Path.GetFullPath(text) };
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            return null;
        }

        return name switch
        {
            "--runs" => this with { Runs = number },
            "--seconds" => this with { Time = TimeSpan.FromSeconds(number) },
            "--connections" => this with { Connections = number },
            "--users" => this with { Users = number },
            _ => null,
        };
    }
}
