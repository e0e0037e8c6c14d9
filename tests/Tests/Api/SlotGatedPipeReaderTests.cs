// When a connection has a slot, when it releases it, and what the server is given to read meanwhile.
using System.IO.Pipelines;
using System.Text;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class SlotGatedPipeReaderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // What is sent arrives on the sender's thread, so that a test knows when it has.
    private static readonly PipeOptions AtOnce = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false);

    private readonly FakeTime time = new();
    private readonly RequestSlots slots;
    private readonly Pipe first = new(AtOnce);
    private readonly Pipe second = new(AtOnce);
    private readonly SlotGatedPipeReader one;
    private readonly SlotGatedPipeReader other;

    public SlotGatedPipeReaderTests()
    {
        slots = new RequestSlots(new ApiOptions { ConcurrentRequestsMax = 1 }, time);
        (one, other) = (new SlotGatedPipeReader(first.Reader, slots), new SlotGatedPipeReader(second.Reader, slots));
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => slots.Dispose();

    [Fact]
    public async Task Bytes_are_held_back_until_there_is_a_slot()
    {
        await Send(first, "a");
        Assert.Equal("a", await Read(one));
        await Send(second, "b");
        var held = Read(other);
        Assert.Equal((false, 1), (held.IsCompleted, slots.Waiting));
        one.Release();
        Assert.Equal("b", await held);
        Assert.False(other.IsLate);
    }

    [Fact]
    public async Task Bytes_that_are_there_belong_to_the_slot_that_was_taken_and_waiting_for_more_releases_it()
    {
        await Send(first, "ab");
        Assert.Equal("a", await Read(one, take: 1));
        Assert.Equal("b", await Read(one));
        await Send(second, "c");
        var held = Read(other);
        Assert.False(held.IsCompleted);
        var more = Read(one);
        Assert.Equal("c", await held);
        await Send(first, "d"); // comes in the middle of the other one's request, and waits like all others
        Assert.Equal((false, 1), (more.IsCompleted, slots.Waiting));
        other.Release();
        Assert.Equal("d", await more);
    }

    [Fact]
    public async Task A_request_that_is_there_when_another_one_ends_waits_for_its_own_slot()
    {
        await Send(first, "ab");
        Assert.Equal("a", await Read(one, take: 1));
        await Send(second, "c");
        var held = Read(other);
        one.Release();
        Assert.Equal("c", await held);
        var next = Read(one);
        Assert.Equal((false, 1), (next.IsCompleted, slots.Waiting));
        other.Release();
        Assert.Equal("b", await next);
    }

    [Fact]
    public async Task Bytes_that_got_no_slot_in_time_are_late_and_those_after_them_need_not_be()
    {
        await Send(first, "a");
        await Read(one);
        await Send(second, "b");
        var held = Read(other);
        time.Advance(RequestSlots.WaitMax);
        Assert.Equal("b", await held);
        Assert.True(other.IsLate);
        other.Release(); // It has none to give back.

        await Send(second, "c");
        held = Read(other);
        Assert.False(held.IsCompleted);
        one.Release();
        Assert.Equal("c", await held);
        Assert.False(other.IsLate);
    }

    [Fact]
    public async Task The_end_of_a_connection_its_failure_and_a_cancelled_read_need_no_slot()
    {
        await Send(first, "a");
        await Read(one);

        var cancelled = other.ReadAsync(Stop).AsTask();
        other.CancelPendingRead();
        Assert.True((await cancelled).IsCanceled);
        await second.Writer.CompleteAsync();
        Assert.True((await other.ReadAsync(Stop)).IsCompleted);

        var third = new Pipe();
        var broken = new SlotGatedPipeReader(third.Reader, slots);
        await third.Writer.CompleteAsync(new IOException("reset"));
        Assert.Equal("reset", (await Assert.ThrowsAsync<IOException>(() => broken.ReadAsync(Stop).AsTask())).Message);
        Assert.Equal(0, slots.Waiting);
    }

    [Fact]
    public async Task Of_many_connections_each_gets_all_its_bytes_in_order_and_no_slot_is_lost()
    {
        var inside = 0;
        await Parallel.ForAsync(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 64, CancellationToken = Stop }, async (_, stop) =>
        {
            var pipe = new Pipe();
            var slot = new SlotGatedPipeReader(pipe.Reader, slots);
            var sending = Task.Run(() => SendOneByOne(pipe, 200), stop);
            for (var i = 0; i < 200; i++)
            {
                Assert.Equal($"{(char)('a' + (i % 26))}", await Read(slot, take: 1));
                Assert.Equal(1, Interlocked.Increment(ref inside));
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                slot.Release();
            }

            await sending;
        });
        await Send(first, "z");
        Assert.Equal("z", await Read(one));
        Assert.Equal(0, slots.Waiting);
    }

    private static async Task SendOneByOne(Pipe to, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Send(to, $"{(char)('a' + (i % 26))}");
        }
    }

    private static async Task Send(Pipe to, string text) => await to.Writer.WriteAsync(Encoding.ASCII.GetBytes(text), Stop);

    // What the server would parse, as far as it takes it.
    private static async Task<string> Read(SlotGatedPipeReader from, int? take = null)
    {
        var buffer = (await from.ReadAsync(Stop).AsTask().WaitAsync(Patience, Stop)).Buffer;
        var taken = buffer.Slice(0, take ?? buffer.Length);
        var text = Encoding.ASCII.GetString(taken);
        from.AdvanceTo(taken.End);
        return text;
    }
}
