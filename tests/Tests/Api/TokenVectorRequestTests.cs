// Every shared test vector as the X-API-TOKEN of a request, at the time for which they were made.
using BankEzy.Sessions.Tests.Api.Tokens;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class TokenVectorRequestTests
{
    // What the vectors leave open is decided once: a time with a fraction is refused, a line end in a claim that nobody keeps is not.
    private static readonly Dictionary<string, int> Decided = new()
    {
        ["P7"] = 401,
        ["P8"] = 401,
        ["N20"] = 400, // a line end inside a header: the server's own refusal
        ["N42"] = 401,
        ["N55"] = 200,
    };

    [Fact]
    public async Task A_valid_vector_signs_out_and_a_hostile_one_does_nothing()
    {
        await using var service = await ServiceUnderTest.Start(new ServiceUnderTest { Time = new FakeTime(TestTokens.Now) });
        var visitor = service.NewVisitor();
        var body = visitor.Body(token: $"\"{visitor.AppTokenWith(("X-ACCOUNT-NUMBER", null))}\"");
        using var vectors = TestTokens.Resource("jwe-dir-a256gcm.json");
        foreach (var vector in vectors.RootElement.EnumerateArray())
        {
            var (id, before) = (vector.GetProperty("id").GetString()!, await service.LogLength());
            var expected = Decided.GetValueOrDefault(id, id[0] == 'P' ? 200 : 401);
            var answer = await service.Ask(RawLogout.Of(visitor).Token(vector.GetProperty("token").GetString()!).Saying(body));
            Assert.True(expected == answer.Status, $"{id}: {answer.Status}");

            // P1 and P5 name the two users; the others of them repeat P1's sign-out.
            Assert.True(before + (id is "P1" or "P5" ? 2 : 0) == await service.LogLength(), id);
        }

        string[] hostile = ["kid", "OR 1=1", "jku", "http", "9223372036854775"];
        ServiceUnderTest.NothingIn(service.Log.Refusals, hostile);
    }
}
