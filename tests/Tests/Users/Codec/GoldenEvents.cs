// One event of each stored name, as it stands in golden/. A golden file is never changed or deleted: what was written once stays readable.
using System.Runtime.CompilerServices;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Users.Codec;

internal static class GoldenEvents
{
    private static readonly SessionPolicy Policy = new(TimeSpan.FromMinutes(5), TimeSpan.FromHours(24), 64);

    /// <summary>What each golden file says in today's words.</summary>
    public static readonly IReadOnlyDictionary<string, UserEvent> ByName = new Dictionary<string, UserEvent>
    {
        ["session-started.v1"] = Started(First, Phone, 0.001, Mode.Device, Policy).AsFirst(),
        ["session-renewed.v1"] = new SessionRenewed(Minute(5), First, Minute(5) + TokenLifetime),
        ["session-used.v1"] = new SessionUsed(Minute(1), First),
        ["session-signed-out.v1"] = Left(First, Phone),
        ["device-signed-out.v1"] = LeftDevice(Phone, First, 10, First, Second).Owing(Tablet, Watch),
        ["session-expired.v1"] = Expired(First, Phone, 481, Limit.Token),
        ["session-superseded.v1"] = Replaced(First, Phone, Second, 5, Superseding.SameDevice),
        ["notice-acknowledged.v1"] = Shown(Third, Tablet, 4),
        ["signed-out-on-behalf.v1"] = Ended(Scope.Device, [(First, Phone)], [Phone], Tablet) with
        {
            Cause = Desk with { Ticket = "FD-1042", Sentence = "call-us" },
        },
        ["device-described.v1"] = new DeviceDescribed(Minute(0), Phone, new("Pixel 8", "GP4BC", "phone", "5.1.0", "ref-1")),
        ["device-renamed.v1"] = new DeviceRenamed(Minute(10), First, Phone, "Work phone"),
        ["sign-in-locked.v1"] = new SignInLocked(Minute(10), Desk, Phone, Minute(70)),
        ["sign-in-released.v1"] = new SignInReleased(Minute(12), Desk, Phone),
        ["wakes-owed.v1"] = new WakesOwed(Minute(10), 4, [new DeviceToWake(Tablet, "ref-1")]),
        ["device-woken.v1"] = new DeviceWoken(Minute(11), Tablet, 4),
    };

    public static readonly string Folder = Path.Combine(Path.GetDirectoryName(ThisFile())!, "golden");

    /// <summary>A golden file's one line, without the line end.</summary>
    public static byte[] Read(string name) =>
        File.ReadAllBytes(Path.Combine(Folder, name + ".json")).AsSpan().TrimEnd((byte)'\n').ToArray();

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
