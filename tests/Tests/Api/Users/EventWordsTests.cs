// Each stored event in the words that people who look after users read.
using BankEzy.Sessions.Api.Users.Words;
using BankEzy.Sessions.Tests.Users;
using BankEzy.Sessions.Tests.Users.Codec;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Api.Users;

public sealed class EventWordsTests
{
    private static readonly string TheTablet = $"Device {Tablet.LabelText}";

    // What each golden file reads as, by itself: a new event needs a line.
    private static readonly Dictionary<string, string> Golden = new()
    {
        ["session-started.v1"] = "Signed in on Device 7971 with the device",
        ["session-started.v1+gate"] = $"Signed in on {TheTablet} with the PIN",
        ["session-renewed.v1"] = "The session on a device was prolonged",
        ["session-used.v1"] = "A device was used",
        ["session-signed-out.v1"] = "Device 7971 signed out one session",
        ["device-signed-out.v1"] = "Device 7971 signed itself out",
        ["session-expired.v1"] = "The session on Device 7971 ended: its time was up",
        ["session-superseded.v1"] = "The older session on Device 7971 ended",
        ["notice-acknowledged.v1"] = $"{TheTablet} confirmed that it showed the notice",
        ["signed-out-on-behalf.v1"] = "Support signed out Device 7971",
        ["sign-in-locked.v1"] = "Support locked sign-ins on Device 7971",
        ["sign-in-released.v1"] = "Support released the lock on Device 7971",
        ["device-described.v1"] = "Pixel 8 (7971) said what it is",
        ["device-renamed.v1"] = "Device 7971 was named Work phone",
        ["device-woken.v1"] = $"A wake for {TheTablet} was handed to the push service",
        ["wakes-owed.v1"] = "1 device is to be woken by the push service",
    };

    public static TheoryData<string> Names => [.. GoldenEvents.ByName.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_golden_event_reads_as_a_sentence(string name)
    {
        var one = Assert.Single(ReadEvent.Read([Stored(name, GoldenEvents.Read(name))]));
        var facts = new UserFacts();
        facts.Learn(1, one.Happened!);
        var words = EventWords.Of(one, facts);
        Assert.Equal(Golden[name], words);
        Assert.DoesNotContain(Account, words, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_nobody_knows_reads_as_itself() => Assert.Equal(
        "session-teleported.v7", EventWords.Of(Assert.Single(ReadEvent.Read([Stored("session-teleported.v7", "{}"u8.ToArray())])), new()));

    [Fact]
    public void Words_name_the_device_of_a_session_that_another_event_started()
    {
        var phone = new UserFacts();
        phone.Learn(1, Started(First, Phone));
        Assert.Equal("Device 7971 was used", EventWords.Of(2, new SessionUsed(Minute(1), First), phone));
        Assert.Equal(
            "The session on Device 7971 was prolonged", EventWords.Of(2, new SessionRenewed(Minute(1), First, Minute(9)), phone));
    }

    [Fact]
    public void The_other_forms_of_an_event_read_otherwise()
    {
        var policy = new SessionPolicy(TimeSpan.FromMinutes(5), TimeSpan.FromHours(24), 64);
        var facts = new UserFacts();
        facts.Learn(1, Started(First, Phone, policy: policy));
        (UserEvent Happened, string Words)[] forms =
        [
            (Started(First, Phone), "Signed in on Device 7971 with the PIN"),
            (Adopted(First, Phone), "A session on Device 7971 became known"),
            (LeftDevice(Phone, First, 10), "Device 7971 signed itself out; no session was left"),
            (Expired(First, Phone, 10, Limit.Absolute), "The session on Device 7971 ended: longest time reached"),
            (Expired(First, Phone, 10, Limit.Idle), "The session on Device 7971 ended: not used for 5 min"),
            (Expired(Third, Phone, 10, Limit.Idle), "The session on Device 7971 ended: not used for too long"),
            (Replaced(First, Phone, Second, 5, Superseding.SessionLimit), "The session on Device 7971 ended: too many devices"),
        ];
        Assert.All(forms, form => Assert.Equal(form.Words, EventWords.Of(9, form.Happened, facts)));
    }

    [Fact]
    public void An_acknowledgement_of_several_notices_says_so_and_one_of_the_rest_does_not()
    {
        var facts = new UserFacts();
        UserEvent[] life =
        [
            LeftDevice(Phone, First, 1, First).Owing(Tablet), LeftDevice(Watch, Second, 2, Second).Owing(Tablet),
            Shown(Third, Tablet, 2), LeftDevice(Phone, First, 3, First).Owing(Tablet), Shown(Third, Tablet, 4),
        ];
        for (var i = 0; i < life.Length; i++)
        {
            facts.Learn(i + 1, life[i]);
        }

        Assert.Equal($"{TheTablet} confirmed that it showed the notices", EventWords.Of(3, life[2], facts));
        Assert.Equal($"{TheTablet} confirmed that it showed the notice", EventWords.Of(5, life[4], facts));
    }

    [Fact]
    public void Two_devices_with_one_label_are_distinguished_and_one_alone_is_not()
    {
        var twin = Phone with { Hash = Phone.Hash + 1 + ((UInt128)1 << 127) };
        var facts = new UserFacts();
        facts.Learn(1, Started(First, Phone));
        Assert.Equal("Device 7971", facts.NameOf(Phone));
        facts.Learn(2, Started(Second, twin));
        Assert.Equal($"Device 7971·{Phone.HashText[..4]}", facts.NameOf(Phone));
        Assert.Equal($"Device 7971·{twin.HashText[..4]}", facts.NameOf(twin));
        Assert.NotEqual(facts.NameOf(Phone), facts.NameOf(twin));
    }

    [Theory]
    [InlineData(4, "4 ms")]
    [InlineData(999, "999 ms")]
    [InlineData(1_200, "1.2 s")]
    [InlineData(59_999, "59.9 s")]
    [InlineData(279_000, "4 min 39 s")]
    [InlineData(300_000, "5 min")]
    [InlineData(7_500_000, "2 h 5 min")]
    [InlineData(172_800_000, "2 days")]
    public void A_duration_is_short(long milliseconds, string text) =>
        Assert.Equal(text, EventWords.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    internal static StoredEvent Stored(string name, byte[] json) => new(
        UserUnderTest.Stream, 1, new FeedCursor(0, 1), new CommandId(Guid.Empty), 0, name.Split('+')[0], json, default);

    [Fact]
    public void The_sentences_of_all_golden_events_are_listed() =>
        Assert.Equal(GoldenEvents.ByName.Keys.Order(StringComparer.Ordinal), Golden.Keys.Order(StringComparer.Ordinal));
}
