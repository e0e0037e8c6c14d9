// What a node sends to the others when the log has grown: its own mark, and the traces of the appends that are recorded, so that a notice
// of another node stands in the trace of its sign-out. Most words are the mark alone.
using System.Diagnostics;
using System.Text;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Writes and reads the word: a mark, then for each trace a space and <c>command=traceparent</c>.</summary>
internal static class AppendWord
{
    /// <summary>The most traces of a word: one has 89 characters, and the server takes less than 8,000 bytes.</summary>
    public const int TracesMax = 64;

    /// <summary>Writes a word.</summary>
    /// <param name="mark">The mark of this node.</param>
    /// <param name="traces">At most <see cref="TracesMax"/>, each with its <c>traceparent</c>.</param>
    public static string Write(string mark, IReadOnlyList<(CommandId Command, string Trace)> traces)
    {
        var word = new StringBuilder(mark);
        foreach (var (command, trace) in traces)
        {
            word.Append(' ').Append(command.Value.ToString("N")).Append('=').Append(trace);
        }

        return word.ToString();
    }

    /// <summary>The mark of a word, and its traces. What is none is left out: anybody who may connect to the database can send
    /// one.</summary>
    public static (string Mark, IReadOnlyList<(CommandId Command, ActivityContext Trace)> Traces) Read(string word)
    {
        var parts = word.Split(' ');
        var traces = new List<(CommandId, ActivityContext)>();
        foreach (var part in parts.Skip(1).Take(TracesMax))
        {
            if (part.Split('=') is [var command, var trace] && Guid.TryParseExact(command, "N", out var id)
                && ActivityContext.TryParse(trace, traceState: null, isRemote: true, out var context))
            {
                traces.Add((new CommandId(id), context));
            }
        }

        return (parts[0], traces);
    }
}
