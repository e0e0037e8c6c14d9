// The keys by which streams are found.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.EventStore;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Case17_a_stream_is_found_by_each_key_of_its_appends_and_by_no_other()
    {
        await Store.Append(WithKeys("user-1-a", default, command: 1, 1, 2));
        await Store.Append(WithKeys("user-1-b", default, command: 1, 2));
        await Store.Append(WithKeys("user-1-a", await Store.Head("user-1-a"), command: 2, 3));
        await Store.AppendNext("user-1-c", command: 1);
        Assert.Equal(["user-1-a"], await Find(1));
        Assert.Equal(["user-1-a", "user-1-b"], await Find(2));
        Assert.Equal(["user-1-a"], await Find(3));
        Assert.Empty(await Find(4));
    }

    [Fact]
    public async Task Case17_a_key_that_the_stream_has_is_no_fault()
    {
        await Store.Append(WithKeys("a", default, command: 1, 1, 1));
        Assert.Equal(AppendOutcome.Appended, await Store.Append(WithKeys("a", await Store.Head("a"), command: 2, 1)));
        Assert.Equal(["a"], await Find(1));
    }

    [Fact]
    public async Task Case17_what_is_not_appended_leaves_no_key()
    {
        await Store.AppendNext("a", command: 1);
        Assert.Equal(AppendOutcome.Conflict, await Store.Append(WithKeys("a", default, command: 2, 1)));
        Assert.Equal(AppendOutcome.AlreadyAppended, await Store.Append(WithKeys("a", await Store.Head("a"), command: 1, 2)));
        Assert.Equal(AppendOutcome.Conflict, await Store.Append(WithKeys("b", new StreamHead(1, default), command: 1, 3)));
        Assert.Empty(await Find(1));
        Assert.Empty(await Find(2));
        Assert.Empty(await Find(3));
    }

    [Fact]
    public async Task Case17_keys_of_appends_that_share_a_batch_are_stored_with_those_that_are_appended()
    {
        await Store.AppendNext("stream 7", command: 1);
        var appends = Enumerable.Range(0, 50).Select(number => number % 2 == 0
            ? Appends.Build($"stream {number}", default, command: 2)
            : WithKeys($"stream {number}", default, command: 2, 100, number));
        var outcomes = await Task.WhenAll(appends.Select(append => Store.Append(append).AsTask()));
        Assert.Equal(AppendOutcome.Conflict, outcomes[7]);
        Assert.Equal(49, outcomes.Count(outcome => outcome == AppendOutcome.Appended));
        Assert.Equal(24, (await Find(100)).Count);
        Assert.Empty(await Find(7));
        Assert.Equal(["stream 9"], await Find(9));
    }

    [Fact]
    public async Task Case17_the_names_of_found_streams_begin_with_the_prefix_and_are_no_more_than_asked_for()
    {
        string[] streams = ["user-1-a", "user-1-b", "user-11-c", "user-2-d", "user_1-e", "USER-1-f", "ユーザー-\\-é"];
        foreach (var stream in streams)
        {
            Assert.Equal(AppendOutcome.Appended, await Store.Append(WithKeys(stream, default, command: 1, 1)));
        }

        Assert.Equal(streams.Order(), (await Store.FindStreams(Key(1), "", 10, Stop)).Order());
        Assert.Equal(["user-1-a", "user-1-b"], await Store.FindStreams(Key(1), "user-1-", 10, Stop));
        Assert.Equal(["user-2-d"], await Store.FindStreams(Key(1), "user-2-", 10, Stop));
        Assert.Equal(["ユーザー-\\-é"], await Store.FindStreams(Key(1), "ユーザー-\\", 10, Stop));
        Assert.Empty(await Store.FindStreams(Key(1), "user-%", 10, Stop));
        Assert.Equal(2, (await Store.FindStreams(Key(1), "user-", 2, Stop)).Count);
    }

    [Fact]
    public async Task Case17_keys_are_there_after_a_restart()
    {
        await Store.Append(WithKeys("a", default, command: 1, 1));
        var restarted = Restart();
        Assert.SkipWhen(restarted is null, "A restart empties this store.");
        Assert.Equal(["a"], await restarted.FindStreams(Key(1), "", 10, Stop));
    }

    private static IndexKey Key(int number) => new(UInt128.MaxValue - (UInt128)number);

    private static Append WithKeys(string stream, StreamHead head, int command, params int[] keys) =>
        Appends.Build(stream, head, command) with { Keys = [.. keys.Select(Key)] };

    private async Task<IReadOnlyList<string>> Find(int key) => await Store.FindStreams(Key(key), "", 100, Stop);
}
