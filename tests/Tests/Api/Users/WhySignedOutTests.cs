// "Why was I signed out, and who was informed?", in sentences.
using System.Collections.Immutable;
using BankEzy.Sessions.Api.Users.Words;
using BankEzy.Sessions.Tests.Users.Codec;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Api.Users;

public sealed class WhySignedOutTests
{
    private static readonly string TheTablet = $"Device {Tablet.LabelText}";
    private static readonly string TheWatch = $"Device {Watch.LabelText}";

    [Fact]
    public void A_device_that_signed_itself_out_and_what_each_other_device_did_about_it()
    {
        var ended = LeftDevice(Phone, First, 10, First, Second).Owing(Tablet, Watch);
        var shown = Shown(Third, Tablet, 4) with { At = ended.At + TimeSpan.FromMilliseconds(1_200) };
        Assert.Equal(
            [
                "Device 7971 signed itself out, on 2026-03-02 at 08:10:00 UTC. 2 sessions ended.",
                $"{TheTablet} showed the notice 1.2 s later.", $"{TheWatch} has not confirmed it yet.",
            ],
            Say(4, ended, [shown], new NoticeView(Watch, 4, ended.At, Phone)));
    }

    [Fact]
    public void A_device_that_is_owed_nothing_any_more_and_never_acknowledged_could_not_be_reached() => Assert.Equal(
        $"{TheTablet} could not be reached.", Say(4, LeftDevice(Phone, First, 10, First).Owing(Tablet), [Shown(Third, Tablet, 3)])[1]);

    [Fact]
    public void Of_many_devices_they_are_counted()
    {
        var devices = Enumerable.Range(0, 5).Select(number => DeviceId.Of($"device {number}")).ToArray();
        var ended = LeftDevice(Phone, First, 10, First).Owing(devices);
        var shown = devices.Take(3).Select(device => (UserEvent)Shown(Third, device, 4)).ToArray();
        Assert.Equal("3 of 5 devices have shown the notice.", Say(4, ended, shown)[1]);
    }

    [Fact]
    public void Every_other_cause_has_its_sentences()
    {
        const string On = ", on 2026-03-02 at 08:10:00 UTC.";
        (UserEvent Ended, string[] Sentences)[] table =
        [
            (LeftDevice(Phone, First, 10, First), [$"Device 7971 signed itself out{On}", "No other device was signed in."]),
            (Left(First, Phone),
                [$"Device 7971 signed out one session{On}", "Other devices are not told when one session signs out."]),
            (Expired(First, Phone, 10, Limit.Token), [
                $"The session on Device 7971 ended: its time was up{On}", "Other devices are not told when a session ends by itself."]),
            (Replaced(First, Phone, Second, 10, Superseding.SameDevice), [
                $"The older session on Device 7971 ended{On}", "The person signed in again on the same device.",
                "Other devices are not told when a session ends by itself."]),
            (Replaced(First, Phone, Third, 10, Superseding.SessionLimit), [
                $"The session on Device 7971 ended: too many devices{On}",
                $"The person signed in on {TheTablet}, and had as many sessions as the program allows.",
                "Other devices are not told when a session ends by itself."]),
        ];
        Assert.All(table, row => Assert.Equal(row.Sentences, Say(4, row.Ended, [Started(Third, Tablet)])));
    }

    [Theory]
    [InlineData(0, "No device is signed in.")]
    [InlineData(1, "1 device is signed in.")]
    [InlineData(2, "2 devices are signed in.")]
    public void Without_an_ending_it_says_what_is(int devices, string sentence) =>
        Assert.Equal(["No session ended in the last 7 days.", sentence], WhySignedOut.Nothing(devices));

    [Fact]
    public void Each_event_that_ends_sessions_has_a_cause() => Assert.All(
        GoldenEvents.ByName.Where(golden => SessionsEnded.IsOne(golden.Key)),
        golden => Assert.NotNull(WhySignedOut.CauseOf(golden.Value)));

    private static ImmutableArray<string> Say(long version, UserEvent ended, UserEvent[] later, params NoticeView[] owed)
    {
        var facts = new UserFacts();
        facts.Learn(version, ended);
        var read = later.Select((happened, i) =>
        {
            facts.Learn(version + 1 + i, happened);
            return new ReadEvent(EventWordsTests.Stored(UserEventCodec.NameOf(happened), UserEventCodec.Encode(happened)), happened);
        }).ToList();
        return WhySignedOut.Sentences(version, ended, WhySignedOut.Ledger(version, ended, read, owed), facts);
    }
}
