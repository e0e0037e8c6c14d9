// The stored form of a user's events: golden files, names, and what happens to damage.
using System.Text;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Users.Codec;

public sealed class UserEventCodecTests
{
    public static TheoryData<string> GoldenNames =>
        [.. Directory.GetFiles(GoldenEvents.Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file))];

    [Theory]
    [MemberData(nameof(GoldenNames))]
    public void What_was_written_once_is_still_read(string name) =>
        Assert.Equal(GoldenEvents.ByName[name], UserEventCodec.Decode(name, GoldenEvents.Read(name)));

    [Theory]
    [MemberData(nameof(GoldenNames))]
    public void What_is_written_today_is_what_was_written_then(string name)
    {
        var fact = GoldenEvents.ByName[name];
        Assert.Equal(name, UserEventCodec.NameOf(fact));
        Assert.Equal(Encoding.UTF8.GetString(GoldenEvents.Read(name)), Encoding.UTF8.GetString(UserEventCodec.Encode(fact)));
    }

    [Fact]
    public void Every_name_has_a_golden_file_and_stands_once()
    {
        Assert.Equal(UserEventCodec.Names.Length, UserEventCodec.Names.Distinct().Count());
        Assert.Equal(UserEventCodec.Names.Order(), GoldenNames.Select(row => row.Data).Order());
        Assert.All(UserEventCodec.Names, name => Assert.Matches("^[a-z]+(-[a-z]+)*\\.v[1-9][0-9]*$", name));
    }

    [Fact]
    public void Every_value_of_an_enumeration_is_read_back()
    {
        UserEvent[] facts =
        [
            .. Enum.GetValues<Mode>().Select(mode => Started(First, Phone, mode: mode)),
            Adopted(First, Phone),
            .. Enum.GetValues<Limit>().Select(limit => Expired(First, Phone, 5, limit)),
            .. Enum.GetValues<Superseding>().Select(why => Replaced(First, Phone, Second, 5, why)),
            LeftDevice(Phone, First, 5),
            .. Enum.GetValues<Scope>().Select(scope => Ended(scope, [], [])),
            .. Enum.GetValues<CauseKind>().Select(kind =>
                new SignInReleased(Minute(5), new Cause(kind, First, "k", "a", "r", "T", "s", "i"))),
        ];
        Assert.All(facts, fact => Assert.Equal(fact, UserEventCodec.Decode(UserEventCodec.NameOf(fact), UserEventCodec.Encode(fact))));
    }

    [Fact]
    public void An_unknown_name_says_what_to_do()
    {
        var json = GoldenEvents.Read("session-signed-out.v1");
        var e = Assert.Throws<InvalidDataException>(() => UserEventCodec.Decode("session-signed-out.v2", json));
        Assert.Contains("session-signed-out.v2", e.Message, StringComparison.Ordinal);
        Assert.Contains("newer version", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(GoldenNames))]
    public void A_member_that_this_version_does_not_know_or_that_stands_twice_is_refused(string name)
    {
        var golden = Encoding.UTF8.GetString(GoldenEvents.Read(name));
        string[] changed =
        [
            golden.Replace("{", "{\"later\":1,", StringComparison.Ordinal),
            golden.Replace("{", "{\"at\":\"2026-03-02T08:10:00.000Z\",", StringComparison.Ordinal),
        ];
        Assert.All(changed, json => Assert.Throws<InvalidDataException>(() => UserEventCodec.Decode(name, Encoding.UTF8.GetBytes(json))));
    }

    [Theory]
    [MemberData(nameof(GoldenNames))]
    public void Damage_is_refused_and_never_folded(string name)
    {
        var golden = Encoding.UTF8.GetString(GoldenEvents.Read(name));
        IEnumerable<string> cut = Enumerable.Range(0, golden.Length).Select(length => golden[..length]);
        string[] other = ["{}", "[]", "null", "7", "\"x\"", golden + "x", golden + "{}", "\0" + golden];
        var renamed = Members(golden).Select(member => golden.Replace($"\"{member}\":", "\"x\":", StringComparison.Ordinal));
        string[] values = ["null", "true", "-1", "1e99", "99999999999999999999", "\"\"", "\"?\"", "{}", "[null]", "[[]]"];
        var changed = Members(golden).SelectMany(member => values
            .Where(value => (member, value) is not (("name", "\"?\"") or ("description", "{}") or ("quiet", "true"))) // may be so
            .Select(value => WithValue(golden, member, value)));
        Assert.All(
            cut.Concat(other).Concat(renamed).Concat(changed),
            json => Assert.Throws<InvalidDataException>(() => UserEventCodec.Decode(name, Encoding.UTF8.GetBytes(json))));
    }

    private static IEnumerable<string> Members(string json) =>
        System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject().Select(member => member.Key);

    private static string WithValue(string json, string member, string value)
    {
        var changed = System.Text.Json.Nodes.JsonNode.Parse(json)!.AsObject();
        changed.Remove(member);
        return changed.ToJsonString()[..^1] + $",\"{member}\":{value}}}";
    }
}
