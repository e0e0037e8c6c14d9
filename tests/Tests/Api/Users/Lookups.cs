// What the tests of the reading half of the management listener share: questions, answers, and the hash chain recomputed from an answer.
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api.Users;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BankEzy.Sessions.Tests.Api.Users;

internal static class Lookups
{
    public static async Task<JsonElement> Ask(this ServiceUnderTest service, string call, string body)
    {
        var reply = await service.Manage($"/internal/{call}/v1", body);
        Assert.True(reply.Status == 200, reply.Body);
        return JsonElement.Parse(reply.Body);
    }

    public static string ByReference(Visitor visitor, string more = "") => $$"""{"user":"{{visitor.User.Reference}}"{{more}}}""";

    public static string ByAccount(Visitor visitor, string more = "") =>
        $$"""{"program":2001,"account":"{{visitor.Account}}"{{more}}}""";

    public static string HashOf(string device) => DeviceId.Of(device).HashText;

    /// <summary>A service whose callers may not see accounts.</summary>
    public static Task<ServiceUnderTest> StartMasked() => ServiceUnderTest.Start(new ServiceUnderTest
    {
        Adjust = static services => services.RemoveAll<MaySeeAccounts>().AddSingleton<MaySeeAccounts>(static _ => static _ => false),
    });

    /// <summary>
    /// Recomputes the chain as docs/api.md says, with nothing but the answer: the versions whose hash is another one.
    /// </summary>
    public static List<long> BreaksOf(JsonElement answer)
    {
        var (stream, before) = (TextOf(answer, "stream"), Convert.FromHexString(TextOf(answer, "previousHash")));
        var breaks = new List<long>();
        foreach (var one in answer.GetProperty("events").EnumerateArray())
        {
            var bytes = new List<byte>(before);
            AddNumber(bytes, one.GetProperty("version").GetInt64(), sizeof(long));
            bytes.AddRange(Convert.FromHexString(TextOf(one, "command").Replace("-", "", StringComparison.Ordinal)));
            AddNumber(bytes, one.GetProperty("ordinal").GetInt32(), sizeof(int));
            bytes.AddRange([.. Encoding.UTF8.GetBytes(stream), 0, .. Encoding.UTF8.GetBytes(TextOf(one, "name")), 0]);
            bytes.AddRange(Encoding.UTF8.GetBytes(one.GetProperty("data").GetRawText()));
            before = SHA256.HashData(bytes.ToArray());
            if (Convert.ToHexStringLower(before) != TextOf(one, "hash"))
            {
                breaks.Add(one.GetProperty("version").GetInt64());
            }
        }

        return breaks;
    }

    public static string TextOf(JsonElement of, string name) => of.GetProperty(name).GetString()!;

    public static List<string> TextsOf(JsonElement of, string list, string name) =>
        [.. of.GetProperty(list).EnumerateArray().Select(one => one.GetProperty(name).ToString())];

    public static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void AddNumber(List<byte> bytes, long number, int size)
    {
        var all = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(all, number);
        bytes.AddRange(all[^size..]);
    }
}
