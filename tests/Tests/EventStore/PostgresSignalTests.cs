// Nodes learn of each other's appends, also after the connection on which they listen was lost.
using System.Diagnostics;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresSignalTests(PostgresServer server) : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly PostgresLogs log = new(server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task An_append_of_one_node_is_heard_of_on_another_also_after_the_connection_was_lost()
    {
        var (writing, waiting) = (log.Open(), log.Open());
        var number = 0;
        for (var lost = 0; lost < 3; lost++)
        {
            // A connection that is made counts as a word, once: all rounds but the first are those of a real one.
            for (var round = 0; round < 20; round++)
            {
                var more = waiting.NextAppend();
                await writing.AppendNext("a", ++number);
                await more.WaitAsync(Soon, Stop);
            }

            log.Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN bankezy_sessions_appended'");
        }
    }

    // Both stores are in this process, and neither remembers what it appends itself: so it has come by the word.
    [Fact]
    public async Task The_trace_of_a_recorded_append_comes_to_another_node_with_the_word()
    {
        using var listener = new ActivityListener { ShouldListenTo = static source => source.Name == Telemetry.Name };
        ActivitySource.AddActivityListener(listener);
        var (writing, _) = (log.Open(), log.Open());
        await writing.AppendNext("a", command: 1);
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C);
        request.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        request.Start();
        var number = 700_000;
        await Wait.Until( // What was sent before the other one listened is lost.
            async () =>
            {
                await writing.AppendNext("a", ++number);
                return CommandTraces.Of(Appends.Build("a", default, number).Command) is { IsRemote: true } trace
                    && (trace.TraceId, trace.SpanId) == (request.TraceId, request.SpanId);
            },
            () => "No trace has come.");
        request.Stop();
        await writing.AppendNext("a", ++number);
        Assert.Equal(default, CommandTraces.Of(Appends.Build("a", default, number).Command));
    }

    [Fact]
    public void A_word_says_what_was_put_into_it_and_the_longest_fits_into_a_notification()
    {
        var traces = Enumerable.Range(1, AppendWord.TracesMax).Select(number => (
            new CommandId(new Guid(number, 2, 3, new byte[8])),
            new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded))).ToList();
        var word = AppendWord.Write(
            "0123456789ABCDEF", traces.ConvertAll(one => (one.Item1, $"00-{one.Item2.TraceId}-{one.Item2.SpanId}-01")));
        Assert.True(word.Length < 8_000, $"It has {word.Length} characters.");
        var (mark, read) = AppendWord.Read(word);
        Assert.Equal("0123456789ABCDEF", mark);
        Assert.Equal(
            traces.Select(one => (one.Item1, one.Item2.TraceId, one.Item2.SpanId)),
            read.Select(one => (one.Command, one.Trace.TraceId, one.Trace.SpanId)));
        Assert.Equal(("0123456789ABCDEF", 0), (AppendWord.Read("0123456789ABCDEF").Mark, AppendWord.Read("0123456789ABCDEF").Traces.Count));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("mark =")]
    [InlineData("mark 00000000000000000000000000000001")]
    [InlineData("mark 00000000000000000000000000000001=00-x-y-01")]
    [InlineData("mark x=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("mark 00000000000000000000000000000001=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01=1")]
    public void What_is_no_trace_in_a_word_is_left_out(string word) => Assert.Empty(AppendWord.Read(word).Traces);
}
