// A snapshot is a cache: its shape has a number, and one that cannot be read is none.
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Users.Codec;

public sealed class UserSnapshotCodecTests
{
    private static readonly UserState State = GoldenEvents.ByName.Values.Aggregate(UserState.Initial, UserDecider.Evolve);

    /// <summary>
    /// If the hash is another, raise <see cref="UserState.Shape"/>, or nodes read snapshots that mean something else; then note both here.
    /// </summary>
    [Fact]
    public void The_number_of_the_shape_is_raised_with_the_shape()
    {
        using var json = JsonDocument.Parse(UserSnapshotCodec.Encode(State));
        var shape = string.Join('\n', Members("", json.RootElement).Distinct());
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(shape)))[..16];
        Assert.Equal((2, "1fb06b4ba5433c7e"), (UserState.Shape, hash));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"Sessions":null,"DeviceSignInOff":[],"Owed":[],"Version":1,"LastAt":"2026-03-02T08:00:00+00:00"}""")]
    [InlineData("""{"Sessions":[{}],"DeviceSignInOff":[],"Owed":[],"Version":1,"LastAt":"2026-03-02T08:00:00+00:00"}""")]
    [InlineData("""{"Sessions":[],"Owed":[],"Version":1,"LastAt":"2026-03-02T08:00:00+00:00"}""")]
    public void What_is_no_state_is_not_read(string json) => Assert.Null(UserSnapshotCodec.Decode(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void A_cut_snapshot_is_not_read()
    {
        var json = UserSnapshotCodec.Encode(State);
        Assert.All(Enumerable.Range(0, json.Length), length => Assert.Null(UserSnapshotCodec.Decode(json.AsSpan(0, length))));
    }

    private static IEnumerable<string> Members(string path, JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Members(path + "." + member.Name, member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(item => Members(path + "[]", item)),
        _ => [path + ":" + element.ValueKind],
    };
}
