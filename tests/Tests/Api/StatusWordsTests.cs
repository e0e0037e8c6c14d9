using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Status;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class StatusWordsTests
{
    private static readonly ClusterSilo[] One = [new("a", "active")];
    private static readonly ClusterSilo[] TwoOfThree = [new("a", "active"), new("b", "active"), new("c", "joining")];

    [Fact]
    public void Each_state_has_its_two_sentences()
    {
        Assert.Equal(
            ["Sign-outs work on this node. Its one silo is active.", "Nothing waits on this node."],
            StatusWords.Of(logWorks: true, One, null, TimeSpan.Zero));
        Assert.Equal(
            [
                "Sign-outs work on this node, slowly: the log takes 310 ms for an append. 2 of 3 silos are active.",
                "What this node hands on is 12 s late; nothing that was answered is lost.",
            ],
            StatusWords.Of(logWorks: true, TwoOfThree, TimeSpan.FromMilliseconds(310), TimeSpan.FromSeconds(12)));
        Assert.Equal(
            [
                "Sign-outs fail on this node: the log cannot be used.",
                "Whether anything waits cannot be seen: the log cannot be read.",
            ],
            StatusWords.Of(logWorks: false, TwoOfThree, null, null));
        Assert.Equal(
            "Sign-outs fail on this node: no silo can be reached.", StatusWords.Of(logWorks: true, null, null, TimeSpan.Zero)[0]);
        Assert.Equal(
            "Sign-outs fail on this node: no silo can be reached.",
            StatusWords.Of(logWorks: true, [new("a", "joining")], null, TimeSpan.Zero)[0]);
    }

    [Fact]
    public void Refusals_are_counted_by_code_and_forgotten_after_five_minutes()
    {
        var time = new FakeTime(DateTimeOffset.UnixEpoch);
        var counts = new RefusalCounts(time);
        counts.Count(RefusalCode.Revoked);
        time.Advance(TimeSpan.FromMinutes(2));
        counts.Count(RefusalCode.Device);
        counts.Count(RefusalCode.Device);
        Assert.Equal([(RefusalCode.Device, 2L), (RefusalCode.Revoked, 1L)], counts.Recent());
        time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal([(RefusalCode.Device, 2L)], counts.Recent());
        time.Advance(TimeSpan.FromHours(3));
        Assert.Empty(counts.Recent());
        counts.Count(RefusalCode.Path);
        Assert.Equal([(RefusalCode.Path, 1L)], counts.Recent());
    }

    [Fact]
    public void Appends_are_remembered_for_the_window_that_is_asked_for()
    {
        var time = new FakeTime(DateTimeOffset.UnixEpoch);
        var times = new AppendTimes(time);
        Assert.Equal((0, TimeSpan.Zero), times.Recent(TimeSpan.FromMinutes(1)));
        for (var number = 1; number <= 2_000; number++)
        {
            var began = times.Begin();
            time.Advance(TimeSpan.FromMilliseconds(number % 200 == 0 ? 7 : 1));
            times.End(began);
        }

        var (count, slowest) = times.Recent(TimeSpan.FromHours(1)); // Of 1,024 the 1,014th: six of them took 7 ms.
        Assert.Equal((1_024, TimeSpan.FromMilliseconds(1)), (count, slowest));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(0, times.Recent(TimeSpan.FromMinutes(1)).Count);
    }
}
