// A snapshot is a cache: its shape has a number, and one that cannot be read or was not sealed by this service is none.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Users.Codec;

public sealed class UserSnapshotsTests
{
    private const string Stream = "user-2001-0123456789abcdef0123456789abcdef";

    private static readonly UserState State = GoldenEvents.ByName.Values.Aggregate(UserState.Initial, UserEvolution.Evolve);
    private static readonly StreamHead Head = new(State.Version, new EventHash(1, 2));

    private readonly UserSnapshots _snapshots = new(RandomNumberGenerator.GetBytes(32));

    /// <summary>
    /// If the hash is another, raise <see cref="UserState.Shape"/>, or nodes read snapshots that mean something else; then note both here.
    /// </summary>
    [Fact]
    public void The_number_of_the_shape_is_raised_with_the_shape()
    {
        using var json = JsonDocument.Parse(_snapshots.Seal(Stream, Head, State).Json[32..]);
        var shape = string.Join('\n', Members("", json.RootElement).Distinct());
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shape)))[..16];
        Assert.Equal((7, "fa2eae0d9cfb7bf1"), (UserState.Shape, hash));
    }

    [Fact]
    public void What_was_sealed_is_opened() => Assert.Equal(State, _snapshots.Open(_snapshots.Seal(Stream, Head, State)));

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        var snapshot = _snapshots.Seal(Stream, Head, State);
        Assert.All(Enumerable.Range(0, snapshot.Json.Length), at =>
        {
            var changed = snapshot.Json.ToArray();
            changed[at] ^= 1;
            Assert.Null(_snapshots.Open(snapshot with { Json = changed }));
            Assert.Null(_snapshots.Open(snapshot with { Json = snapshot.Json[..at] }));
        });
    }

    [Fact]
    public void A_snapshot_is_good_for_its_own_stream_head_and_shape_alone()
    {
        var snapshot = _snapshots.Seal(Stream, Head, State);
        Assert.Null(_snapshots.Open(snapshot with { Stream = Stream + "0" }));
        Assert.Null(_snapshots.Open(snapshot with { Shape = UserState.Shape + 1 }));
        Assert.Null(_snapshots.Open(snapshot with { Head = Head with { Version = Head.Version + 1 } }));
        Assert.Null(_snapshots.Open(snapshot with { Head = Head with { Hash = new EventHash(1, 3) } }));
    }

    [Fact]
    public void Another_key_opens_nothing() =>
        Assert.Null(new UserSnapshots(RandomNumberGenerator.GetBytes(32)).Open(_snapshots.Seal(Stream, Head, State)));

    private static IEnumerable<string> Members(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Members(path + "." + member.Name, member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Members(path + "[]", item)),
        _ => [path + ":" + element.ValueKind],
    };
}
