// Standard output whose reader stands still.
using System.Text;
using BankEzy.Sessions.Silo.Monitoring;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Monitoring;

public sealed class WatchedOutputTests
{
    [Fact]
    public async Task A_write_that_waits_is_seen_until_it_ends_and_the_text_is_as_it_was()
    {
        using var pipe = new FullPipe();
        await using var output = new WatchedOutput(pipe);
        var write = Task.Run(() => output.Write("a line\n"), TestContext.Current.CancellationToken);
        await Wait.Until(() => WatchedOutput.WaitsFor > TimeSpan.FromMilliseconds(20), () => "Nobody sees that the write waits.");
        pipe.HasReader.Set();
        await write;
        Assert.Equal(TimeSpan.Zero, WatchedOutput.WaitsFor);
        WriteMore(output);
        await output.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Equal("a line\nbde", pipe.Text.ToString());
    }

    private static void WriteMore(TextWriter output)
    {
        output.Write('b');
        output.Write(['c', 'd', 'e'], 1, 2);
    }

    private sealed class FullPipe : TextWriter
    {
        public ManualResetEventSlim HasReader { get; } = new();

        public StringBuilder Text { get; } = new();

        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Text.Append(value);

        public override void Write(string? value)
        {
            HasReader.Wait(TestContext.Current.CancellationToken);
            Text.Append(value);
        }

        public override void Write(char[] buffer, int index, int count) => Text.Append(buffer, index, count);
    }
}
