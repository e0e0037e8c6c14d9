// How the bytes of a log can be other ones than those that were stored.
namespace BankEzy.Sessions.Tests.Support;

public enum Damage
{
    Content,
    Name,
    Hash,
    Missing,
}

internal static class Damages
{
    /// <summary>Damages one event of the log; what it says can still be read.</summary>
    public static Func<StoredEvent, StoredEvent?> To(this Damage damage, string stream, long version) => stored =>
        (stored.Stream, stored.Version) != (stream, version) ? stored : damage switch
        {
            Damage.Content => stored with { Json = new byte[] { (byte)'{', (byte)' ' }.Concat(stored.Json.ToArray().Skip(1)).ToArray() },
            Damage.Name => stored with { Name = "session-used.v1" },
            Damage.Hash => stored with { Hash = default },
            _ => null,
        };
}
