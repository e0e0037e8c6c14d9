// The stored form of a gate's events: golden files, names, and what happens to damage.
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using BankEzy.Sessions.Gates;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Gates;

public sealed class GateEventCodecTests
{
    private static readonly Guid Id = new("0e9b7a54-32c1-4f60-8d7e-aabbccddeeff");
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "golden");

    private static readonly Dictionary<string, GateEvent> Golden = new()
    {
        ["incident-planned.v1"] = new IncidentPlanned(
            Minute(0), Id, "operators", "leak", "a.rossi", "call-us", "FD-1042", Minute(-5), "5.1.0"),
        ["incident-devices-listed.v1"] = new IncidentDevicesListed(Minute(0), Id, [1, Phone.Hash, UInt128.MaxValue]),
        ["incident-count-asked.v1"] = new IncidentCountAsked(Minute(1), Id, "operators", "a.rossi"),
        ["incident-counted.v1"] = new IncidentCounted(Minute(2), Id, 2_000, 1_500),
        ["incident-approved.v1"] = new IncidentApproved(Minute(3), Id, "second", "b.verdi"),
        ["gate-closed.v1"] = new GateClosed(Minute(4), Id, "operators", 2_000, "a.rossi"),
        ["incident-paused.v1"] = new IncidentPaused(Minute(5), Id, "operators", "a.rossi"),
        ["incident-resumed.v1"] = new IncidentResumed(Minute(6), Id, "operators", "a.rossi"),
        ["incident-progressed.v1"] = new IncidentProgressed(
            Minute(7), Id, Minute(60), "user-2001-0123456789abcdef0123456789abcdef", 1_000, 900),
        ["incident-finished.v1"] = new IncidentFinished(Minute(8), Id, 1_600, 2_000, 0),
        ["app-version-locked.v1"] = new AppVersionLocked(Minute(9), "5.1.0", Desk, Minute(60)),
        ["app-version-released.v1"] = new AppVersionReleased(Minute(10), "5.1.0", Desk),
    };

    public static TheoryData<string> Names => [.. GateEventCodec.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_was_written_once_is_still_read_and_written_alike(string name)
    {
        Assert.Equal(Golden[name], GateEventCodec.Decode(name, Read(name)));
        Assert.Equal(name, GateEventCodec.NameOf(Golden[name]));
        Assert.Equal(Encoding.UTF8.GetString(Read(name)), Encoding.UTF8.GetString(GateEventCodec.Encode(Golden[name])));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Damage_is_refused_and_never_folded(string name)
    {
        var golden = Encoding.UTF8.GetString(Read(name));
        var cut = Enumerable.Range(0, golden.Length).Select(length => golden[..length]);
        var members = JsonNode.Parse(golden)!.AsObject().Select(member => member.Key).ToList();
        string[] values = ["null", "true", "-1", "1e99", "\"\"", "{}", "[null]"];
        var changed = members.SelectMany(member => values.Select(value => With(golden, member, value)));
        string[] more = [golden.Replace("{", "{\"later\":1,", StringComparison.Ordinal), "null", golden + "x"];
        Assert.All([.. cut, .. changed, .. more], json =>
            Assert.Throws<InvalidDataException>(() => GateEventCodec.Decode(name, Encoding.UTF8.GetBytes(json))));
    }

    [Fact]
    public void Hashes_that_do_not_ascend_are_refused()
    {
        var json = Encoding.UTF8.GetString(GateEventCodec.Encode(new IncidentDevicesListed(Minute(0), Id, [2, 1])));
        Assert.Throws<InvalidDataException>(() => GateEventCodec.Decode("incident-devices-listed.v1", Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public void A_full_part_of_a_list_of_devices_is_below_100_kB() =>
        Assert.InRange(
            GateEventCodec.Encode(new IncidentDevicesListed(
                Minute(0), Id, [.. Enumerable.Range(0, IncidentDevicesListed.DevicesMax).Select(number => (UInt128)number)])).Length,
            1, 100_000);

    [Fact]
    public void An_unknown_name_says_what_to_do()
    {
        var e = Assert.Throws<InvalidDataException>(() => GateEventCodec.Decode("gate-closed.v2", Read("gate-closed.v1")));
        Assert.Contains("newer version", e.Message, StringComparison.Ordinal);
    }

    private static string With(string json, string member, string value)
    {
        var changed = JsonNode.Parse(json)!.AsObject();
        changed.Remove(member);
        return changed.ToJsonString()[..^1] + $",\"{member}\":{value}}}";
    }

    private static byte[] Read(string name) =>
        File.ReadAllBytes(Path.Combine(Folder, name + ".json")).AsSpan().TrimEnd((byte)'\n').ToArray();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
