// The cases of the contract that are about the log as a whole: commands that it has, its clock, its properties.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.EventStore;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Case14_a_command_is_found_in_its_stream_and_in_no_other()
    {
        await Store.AppendNext("a", command: 1, count: 3);
        await Store.AppendNext("a", command: 2);
        await Store.AppendNext("b", command: 3);

        Assert.True(await Has("a", 1));
        Assert.True(await Has("a", 2));
        Assert.True(await Has("a", 9, 8, 2));
        Assert.False(await Has("a", 3, 4));
        Assert.False(await Has("a"));
        Assert.False(await Has("b", 1, 2));
        Assert.False(await Has("none", 1));
    }

    [Fact]
    public async Task Case14_many_questions_at_once_get_each_its_own_answer()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number =>
            Store.Append(Appends.Build($"stream {number}", default, command: number)).AsTask()));
        var found = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => Has($"stream {number / 2}", number / 2, 1_000)));
        Assert.All(found, Assert.True);
        found = await Task.WhenAll(Enumerable.Range(0, 100).Select(number => Has($"stream {number / 2}", 1 + (number / 2), 1_000)));
        Assert.All(found, Assert.False);
    }

    [Fact]
    public async Task Case14_a_refused_append_leaves_no_command()
    {
        await Store.AppendNext("a", command: 1);
        Assert.Equal(AppendOutcome.Conflict, await Store.Append(Appends.Build("a", default, command: 2)));
        Assert.False(await Has("a", 2));
    }

    [Theory]
    [InlineData(6)]
    [InlineData(-6)]
    [InlineData(25 * 60)]
    [InlineData(-25 * 60)]
    public async Task Case15_a_time_that_is_far_from_the_stores_clock_is_not_written(int minutes)
    {
        await Store.AppendNext("a", command: 1);
        var off = Appends.Build("a", await Store.Head("a"), command: 2, off: TimeSpan.FromMinutes(minutes));
        var refusal = await Assert.ThrowsAsync<ClockException>(async () => await Store.Append(off));
        Assert.Contains(minutes > 0 ? "ahead of" : "behind", refusal.Message, StringComparison.Ordinal);
        Assert.Single(await Store.ReadWholeFeed(10));
        Assert.False(await Has("a", 2));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-4)]
    public async Task Case15_a_small_difference_is_written(int minutes) => Assert.Equal(
        AppendOutcome.Appended, await Store.Append(Appends.Build("a", default, command: 1, off: TimeSpan.FromMinutes(minutes))));

    [Fact]
    public async Task Case15_the_clock_of_a_log_without_events_is_settled_and_that_of_another_one_not_when_it_is_opened()
    {
        Assert.True(Store.Time.IsSettled);
        await Store.AppendNext("a", command: 1);
        Assert.True(Store.Time.IsSettled);
        Assert.NotEqual(true, Restart()?.Time.IsSettled);
    }

    [Fact]
    public async Task Case16_the_first_value_of_a_property_stays()
    {
        Assert.Equal("first", await Store.GetOrAddProperty("one", "first", Stop));
        Assert.Equal("first", await Store.GetOrAddProperty("one", "second", Stop));
        Assert.Equal("another", await Store.GetOrAddProperty("two", "another", Stop));
        Assert.Equal("first", await Store.GetOrAddProperty("one", "third", Stop));
    }

    [Fact]
    public async Task Case16_whoever_offers_at_the_same_time_gets_the_same_value()
    {
        var values = await Task.WhenAll(Enumerable.Range(0, 8).Select(number =>
            Task.Run(async () => await Store.GetOrAddProperty("one", $"value {number}", Stop))));
        Assert.Single(values.Distinct());
    }

    private async Task<bool> Has(string stream, params int[] commands) =>
        await Store.HasCommands(stream, [.. commands.Select(Appends.Command)], Stop);
}
