// How a user stands, and the user's events, by account and by reference: what the page of a user is made of.
using System.Text.Json;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Api.Users.Lookups;

namespace BankEzy.Sessions.Tests.Api.Users;

public sealed class UserPageTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Theory]
    [InlineData("user")]
    [InlineData("timeline")]
    public async Task A_reference_asks_the_same_as_program_and_account(string call)
    {
        var visitor = await service.SignIn();
        var byAccount = await service.Ask(call, ByAccount(visitor));
        Assert.Equal(byAccount.GetRawText(), (await service.Ask(call, ByReference(visitor))).GetRawText());
        Assert.Equal(visitor.User.Reference, TextOf(byAccount, "user"));
    }

    [Theory]
    [InlineData("\"user\":\"2001\"")]
    [InlineData("\"user\":2001")]
    [InlineData("\"user\":\"user-2001-0123456789abcdef0123456789abcdef\"")]
    [InlineData("\"user\":\"2001-0123456789ABCDEF0123456789abcdef\"")]
    [InlineData("\"user\":\"2001-0123456789abcdef0123456789abcde\"")]
    [InlineData("\"user\":\"02001-0123456789abcdef0123456789abcdef\"")]
    [InlineData("\"user\":\"0-0123456789abcdef0123456789abcdef\"")]
    [InlineData("\"user\":\"99999999999-0123456789abcdef0123456789abcdef\"")]
    [InlineData("\"user\":\"2001-0123456789abcdef0123456789abcdef\",\"account\":\"1\"")]
    [InlineData("\"user\":\"2001-0123456789abcdef0123456789abcdef\",\"program\":2001")]
    public async Task A_reference_that_is_none_is_400(string question)
    {
        foreach (var call in (string[])["user", "timeline", "export"])
        {
            Assert.Equal(400, (await service.Manage($"/internal/{call}/v1", $"{{{question}}}")).Status);
        }
    }

    [Fact]
    public async Task A_user_whom_the_log_does_not_know_has_a_reference_and_nothing_else()
    {
        var user = await service.Ask("user", ByAccount(service.NewVisitor()));
        Assert.Equal(0, user.GetProperty("version").GetInt64());
        Assert.False(user.TryGetProperty("ending", out _));
        Assert.Empty(user.GetProperty("devices").EnumerateArray());
        Assert.Equal(
            ["No session ended in the last 7 days.", "No device is signed in."],
            user.GetProperty("answer").GetProperty("sentences").EnumerateArray().Select(sentence => sentence.GetString()));
    }

    [Fact]
    public async Task A_users_devices_show_what_lives_there_what_ended_and_what_is_owed()
    {
        var phone = await service.SignIn();
        var tablet = service.Know(phone.Elsewhere());
        var watch = service.Know(phone.Elsewhere());
        await service.Report(tablet);
        await service.Report(watch, mode: 2);
        await service.Logout(phone, "2");
        var user = await service.Ask("user", ByReference(phone));
        Assert.Equal(phone.Account[^4..], TextOf(user, "ending"));
        var devices = user.GetProperty("devices").EnumerateArray().ToDictionary(device => TextOf(device, "device"));
        Assert.Equal(3, devices.Count);
        var (ended, live) = (devices[HashOf(phone.Device)], devices[HashOf(watch.Device)]);
        Assert.Equal(
            (phone.Device[^4..], $"Device {phone.Device[^4..]}", 0, false, "app"),
            (TextOf(ended, "label"), TextOf(ended, "shownAs"), ended.GetProperty("sessions").GetArrayLength(),
                ended.GetProperty("deviceSignIn").GetBoolean(), TextOf(ended, "endedBy")));
        Assert.Equal(Time(phone.IssuedAt), TextOf(ended, "endedAt"));
        Assert.Equal(ended.GetRawText(), user.GetProperty("devices")[2].GetRawText()); // signed in ones stand first
        Assert.Equal((true, false), (live.GetProperty("deviceSignIn").GetBoolean(), live.TryGetProperty("endedAt", out _)));
        Assert.Equal($"{watch.Session}", Assert.Single(TextsOf(live, "sessions", "sessionId")));
        Assert.Equal(
            new[] { HashOf(tablet.Device), HashOf(watch.Device) }.Order(), TextsOf(user, "owed", "to").Order());
    }

    [Fact]
    public async Task The_answer_says_why_and_who_has_shown_it()
    {
        var phone = await service.SignIn();
        var tablet = service.Know(phone.Elsewhere());
        var watch = service.Know(phone.Elsewhere());
        await service.Report(tablet);
        await service.Report(watch);
        await service.Logout(phone, "2");
        await NoticeCalls.Acknowledge(service, tablet, "4");
        var answer = (await service.Ask("user", ByReference(phone))).GetProperty("answer");
        Assert.Equal((4, "app"), (answer.GetProperty("version").GetInt64(), TextOf(answer, "by")));
        Assert.Equal(
            [
                $"Device {phone.Device[^4..]} signed itself out, on 2026-11-22 at 09:00:00 UTC.",
                $"Device {tablet.Device[^4..]} showed the notice 0 ms later.",
                $"Device {watch.Device[^4..]} has not confirmed it yet.",
            ],
            answer.GetProperty("sentences").EnumerateArray().Select(sentence => sentence.GetString()!));
        Assert.Equal(["shown", "owed"], TextsOf(answer, "devices", "state"));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task After_seven_days_an_ending_is_no_answer_any_more(int millisecondsMore, bool isAnswer)
    {
        var (visitor, device) = (service.NewVisitor(), DeviceId.Of("a phone"));
        var (session, then) = (new SessionId(visitor.Session), service.Time.GetUtcNow().AddDays(-7).AddMilliseconds(-millisecondsMore));
        await Append(visitor, command: 1, new SessionStarted(
            then, session, device, Mode.Pin, Origin.Reported, then, then.AddHours(1), then.AddHours(1), TimeSpan.Zero, visitor.Account));
        await Append(visitor, command: 2, new SessionExpired(then, visitor.Account, session, device, Limit.Token));
        var answer = (await service.Ask("user", ByReference(visitor))).GetProperty("answer");
        Assert.Equal(isAnswer, answer.TryGetProperty("version", out _));
        Assert.Equal(!isAnswer, answer.GetProperty("sentences")[0].GetString() == "No session ended in the last 7 days.");
    }

    private async Task Append(Visitor visitor, int command, UserEvent happened)
    {
        var (stream, id) = (visitor.User.Stream, Appends.Command(command));
        var head = await service.Store.Head(stream);
        var events = Appends.ChainOf(UserEventCodec.NameOf(happened), stream, head, id, UserEventCodec.Encode(happened));
        var append = new Append(stream, head.Version, id, service.Time.GetUtcNow(), events, null);
        Assert.Equal(AppendOutcome.Appended, await service.Store.Append(append));
    }

    [Fact]
    public async Task The_chain_of_a_timeline_can_be_recomputed_from_the_answer_alone_from_any_version()
    {
        var phone = await service.SignIn();
        await service.Report(service.Know(phone.Elsewhere()));
        await service.Logout(phone, "2");
        foreach (var after in (int[])[0, 1, 2])
        {
            var page = await service.Ask("timeline", ByReference(phone, $",\"after\":{after}"));
            Assert.Equal(3 - after, page.GetProperty("events").GetArrayLength());
            Assert.Equal(phone.User.Stream, TextOf(page, "stream"));
            Assert.Empty(BreaksOf(page));
            Assert.False(page.TryGetProperty("masked", out _));
        }

        var whole = (await service.Ask("timeline", ByReference(phone))).GetRawText();
        var changed = JsonElement.Parse(whole.Replace("\"signInMode\":1", "\"signInMode\":2", StringComparison.Ordinal));
        Assert.Equal([1, 2], BreaksOf(changed).Take(2)); // the test itself finds a change
        var beyond = await service.Ask("timeline", ByReference(phone, ",\"after\":9"));
        Assert.False(beyond.TryGetProperty("previousHash", out _));
    }

    [Fact]
    public async Task A_timeline_reads_in_plain_words_also_where_a_session_began_before_the_page()
    {
        await using var other = await ServiceUnderTest.Start("--Sessions:Programs:2001:IdleTimeout=00:10:00");
        var phone = await other.SignIn();
        other.Time.Advance(TimeSpan.FromMinutes(5));
        await other.Introspect(("token", phone.LoginToken));
        await other.Logout(phone);
        var device = $"Device {phone.Device[^4..]}";
        string[] words = [$"Signed in on {device} with the PIN", $"{device} was used", $"{device} signed out one session"];
        Assert.Equal(words, TextsOf(await other.Ask("timeline", ByReference(phone)), "events", "words"));
        Assert.Equal(words[1..], TextsOf(await other.Ask("timeline", ByReference(phone, ",\"after\":1")), "events", "words"));
    }

    [Fact]
    public async Task Who_may_not_see_accounts_sees_masked_ones_and_the_services_own_check()
    {
        await using var masked = await StartMasked();
        var phone = await masked.SignIn();
        await masked.Logout(phone, "2");
        foreach (var call in (string[])["timeline", "user", "export"])
        {
            var body = (await masked.Ask(call, ByReference(phone))).GetRawText();
            Assert.DoesNotContain(phone.Account, body, StringComparison.Ordinal);
        }

        var page = await masked.Ask("timeline", ByReference(phone));
        Assert.True(page.GetProperty("masked").GetBoolean());
        Assert.Equal("""{"from":1,"to":2,"ok":true}""", page.GetProperty("chain").GetRawText());
        Assert.Contains($"\"account\":\"****{phone.Account[^4..]}\"", page.GetRawText(), StringComparison.Ordinal);
        var feed = await masked.Manage("/internal/feed/v1?follow=false", content: null);
        Assert.Contains($"\"account\":\"****{phone.Account[^4..]}\"", feed.Body, StringComparison.Ordinal);
        Assert.DoesNotContain(phone.Account, feed.Body, StringComparison.Ordinal);
    }
}
