// A right request with a few bytes changed, many times over: whatever comes of it, it is no fault of ours and no second event.
using System.Security.Cryptography;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class MutatedRequestTests
{
    private const int Requests = 400;

    [Fact]
    public async Task No_change_of_bytes_makes_the_service_fail()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        var right = RawLogout.Of(visitor).ToBytes();
        for (var seed = 0; seed < Requests; seed++)
        {
            using var connection = await RawConnection.Open(service.Public);
            await connection.Send(Mutate(right, seed));
            connection.EndSending(); // a length that grew would wait for the rest
            Assert.True((await connection.Read()).Status is 0 or 200 or (>= 400 and < 500) or 505, $"seed {seed}");
        }

        var events = await service.EventsOf(visitor);
        Assert.InRange(events.Count, 1, 2);
        await service.Stop();
        Assert.Empty(service.Log.Complaints);
    }

    // One to four changes; the seed alone says which, so a failure can be run again.
    private static byte[] Mutate(byte[] right, int seed)
    {
        var random = SHA256.HashData(BitConverter.GetBytes(seed));
        var bytes = right.ToList();
        for (var change = 0; change <= random[0] % 4; change++)
        {
            var at = BitConverter.ToUInt16(random, (6 * change) + 1) % bytes.Count;
            var value = random[(6 * change) + 3];
            switch (random[(6 * change) + 4] % 4)
            {
                case 0:
                    bytes[at] = value;
                    break;
                case 1:
                    bytes.Insert(at, value);
                    break;
                case 2:
                    bytes.RemoveAt(at);
                    break;
                default:
                    bytes[at] = "\r\n\0 :\"{},;=%\t"u8[value % 13];
                    break;
            }
        }

        return [.. bytes];
    }
}
