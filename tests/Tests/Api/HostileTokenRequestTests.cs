// Credentials that are missing, forged, damaged, too old or somebody else's: one 401 for all of them, to the byte.
using System.Buffers.Text;
using System.Security.Cryptography;
using BankEzy.Sessions.Tests.Api.Tokens;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class HostileTokenRequestTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private static readonly HostileRow[] All =
    [
        new("1 no token", 401, "tok_missing", 0, visitor => Of(visitor).Without("X-API-TOKEN")),
        new("2 an empty token", 401, "tok_missing", 0, visitor => Of(visitor).Token("")),
        new("2 spaces", 401, "tok_missing", 0, visitor => Of(visitor).Token("   ")),
        new("3 two equal tokens", 401, "tok_dup", 0, visitor => Of(visitor).With($"X-API-TOKEN: {visitor.LoginToken}")),
        new("3 two tokens", 401, "tok_dup", 0, visitor => Of(visitor).With("X-API-TOKEN: x")),
        new("3 tokens in a list", 401, "tok_form", 0, visitor => Of(visitor).Token($"{visitor.LoginToken}, {visitor.LoginToken}")),
        new("4 8,193 characters", 401, "tok_size", 0, visitor => Of(visitor).Token(new string('A', 8_193))),
        new("7 a tag of 15 bytes", 401, "tok_form", 0, visitor => Of(visitor).Token(visitor.LoginToken[..^2])),
        new("7 no tag", 401, "tok_form", 0, visitor => Of(visitor).Token(visitor.LoginToken[..^22])),
        new("7 a tag of 17 bytes", 401, "tok_form", 0, visitor => Of(visitor).Token(visitor.LoginToken + "A")),
        new("8 a flipped bit", 401, "tok_auth", 0, visitor => Of(visitor).Token(Flip(visitor.LoginToken))),
        new("9 an encrypted key", 401, "tok_form", 0,
            visitor => Of(visitor).Token(visitor.LoginToken.Replace("..", ".AAAA.", StringComparison.Ordinal))),
        new("12 padding", 401, "tok_form", 0, visitor => Of(visitor).Token(visitor.LoginToken + "==")),
        new("12 NUL at the end", 400, null, 0, visitor => Of(visitor).Token(visitor.LoginToken + "\0")) { Closes = true },
        new("12 a tab inside", 401, "tok_form", 0, visitor => Of(visitor).Token(visitor.LoginToken.Insert(60, "\t"))),
        new("14 zip", 401, "tok_hdr", 0, _ => Header("""{"enc":"A256GCM","alg":"dir","zip":"DEF"}""")),
        new("15 crit", 401, "tok_hdr", 0, _ => Header("""{"enc":"A256GCM","alg":"dir","crit":["x"],"x":1}""")),
        new("16 alg twice", 401, "tok_hdr", 0, _ => Header("""{"enc":"A256GCM","alg":"dir","alg":"dir"}""")),
        new("17 DIR", 401, "tok_alg", 0, _ => Header("""{"enc":"A256GCM","alg":"DIR"}""")),
        new("17 a256gcm", 401, "tok_alg", 0, _ => Header("""{"enc":"a256gcm","alg":"dir"}""")),
        new("18 kid", 401, "tok_hdr", 0, _ => Header("""{"enc":"A256GCM","alg":"dir","kid":"../../x' OR 1=1"}""")),
        new("19 jku", 401, "tok_hdr", 0, _ => Header("""{"enc":"A256GCM","alg":"dir","jku":"http://127.0.0.1:9/keys"}""")),
        new("19 jwk", 401, "tok_hdr", 0, _ => Header("""{"enc":"A256GCM","alg":"dir","jwk":{"kty":"oct","k":"AAAA"}}""")),
        new("21 A128GCM", 401, "tok_alg", 0, _ => Header("""{"enc":"A128GCM","alg":"dir"}""")),
        new("21 A256KW with an empty key part", 401, "tok_alg", 0, _ => Header("""{"enc":"A256GCM","alg":"A256KW"}""")),
        new("22 a signed token", 401, "tok_alg", 0, visitor => Of(visitor).Token("eyJhbGciOiJIUzUxMiJ9.e30.c2lnbmF0dXJl")),
        new("22 an unsecured token", 401, "tok_alg", 0, visitor => Of(visitor).Token("eyJhbGciOiJub25lIn0.e30.")),
        new("23 JSON serialization", 401, "tok_form", 0, visitor => Of(visitor).Token("""{"protected":"e30","ciphertext":"AA"}""")),
        new("24 a token inside the token", 401, "claims_form", 0,
            visitor => Of(visitor).Token(TestTokens.Seal("eyJhbGciOiJub25lIn0.e30."))),
        new("26 expired by the leeway", 401, "claims_time", 0, visitor => Exp(visitor, -60)),
        new("26 expired by less", 200, null, 1, visitor => Exp(visitor, -59)),
        new("27 exp in milliseconds", 401, "claims_time", 0, visitor => With(visitor, "exp", $"{Now(visitor) + 1800}000")),
        new("28 exp as text", 401, "claims_type", 0, visitor => With(visitor, "exp", $"\"{Now(visitor) + 1800}\"")),
        new("28 exp 1e400", 401, "claims_type", 0, visitor => With(visitor, "exp", "1e400")),
        new("28 no exp", 401, "claims_missing", 0, visitor => With(visitor, "exp", null)),
        new("28 a negative exp", 401, "claims_time", 0, visitor => With(visitor, "exp", "-1")),
        new("28 exp 2^63", 401, "claims_time", 0, visitor => With(visitor, "exp", "9223372036854775808")),
        new("28 the last second of all", 401, "claims_time", 0, visitor => With(visitor, "exp", "253402300799")),
        new("29 iat in the future", 401, "claims_time", 0, visitor => With(visitor, "iat", $"{Now(visitor) + 61}")),
        new("29 nbf in the future", 401, "claims_time", 0, visitor => With(visitor, "nbf", $"{Now(visitor) + 61}")),
        new("29 nbf within the leeway", 200, null, 1, visitor => With(visitor, "nbf", $"{Now(visitor) + 60}")),
        new("30 a claim twice", 401, "claims_form", 0, visitor => With(visitor, "x", "1,\"x\":1")),
        new("30 the program twice", 401, "claims_form", 0, visitor => With(visitor, "x", "1,\"PROGRAM_ID\":2001")),
        new("31 no USER_ID", 401, "claims_missing", 0, visitor => With(visitor, "USER_ID", null)),
        new("31 no account", 401, "claims_missing", 0, visitor => With(visitor, "X-ACCOUNT-NUMBER", null)),
        new("31 an app token", 401, "claims_missing", 0, visitor => Of(visitor).Token(visitor.AppToken)),
        new("31 the session's id and a wrong token", 401, "tok_auth", 0, visitor => Of(visitor).Token(Flip(visitor.LoginToken))),
        new("34 another program's token", 401, "tenant", 0, visitor => With(visitor, "PROGRAM_ID", "1111")),
        new("35 an address that is not allowed", 401, "ip", 0, visitor => Ips(visitor, "10.0.0.5")),
        new("35 a block with host bits", 200, null, 1, visitor => Ips(visitor, "127.1.2.3/8")),
        new("35 another block with host bits", 401, "ip", 0, visitor => Ips(visitor, "10.0.0.5/8")),
        new("35 leading zeros", 401, "ip", 0, visitor => Ips(visitor, "127.0.0.01")),
        new("35 a short address", 401, "ip", 0, visitor => Ips(visitor, "127.1")),
        new("35 an empty list", 401, "ip", 0, visitor => Ips(visitor, "")),
        new("35 an allowed address", 200, null, 1, visitor => Ips(visitor, "10.0.0.5,127.0.0.0/8")),
        new("36 a star in a list", 401, "ip", 0, visitor => Ips(visitor, "*,1.2.3.4")),
        new("36 a star between blanks", 200, null, 1, visitor => Ips(visitor, " * ")),
        new("36 a list with blanks", 200, null, 1, visitor => Ips(visitor, "10.0.0.5, 127.0.0.1")),
        new("37 a spoofed X-Forwarded-For", 401, "ip", 0,
            visitor => Ips(visitor, "10.0.0.5").With("X-Forwarded-For: 10.0.0.5", "Forwarded: for=10.0.0.5")),
        new("38 claims that are a list", 401, "claims_form", 0, visitor => Of(visitor).Token(TestTokens.Seal("[1]"))),
        new("38 claims 100 deep", 401, "claims_form", 0, visitor => With(visitor, "x", new string('[', 100) + new string(']', 100))),
        new("39 CR, LF and ESC in a claim", 200, null, 1, visitor => With(visitor, "iss", "\"\\r\\nevt=fake\\u001b[31m\"")),
        new("39 CR and LF in the account", 401, "claims_type", 0, visitor => With(visitor, "X-ACCOUNT-NUMBER", "\"1\\r\\n2\"")),
        new("43 no API key, which the contract does not require", 200, null, 1, visitor => Of(visitor).Without("X-API-KEY")),
        new("44 an unknown API key", 401, "key_unknown", 0, visitor => Of(visitor).Instead("X-API-KEY: MOB-APP-2002")),
        new("44 an API key of 10 KB", 401, "key_unknown", 0, visitor => Of(visitor).Instead($"X-API-KEY: {new string('M', 10_000)}")),
        new("44 an API key with NUL", 400, null, 0, visitor => Of(visitor).Instead("X-API-KEY: MOB\0")) { Closes = true },
        new("44 two API keys", 401, "key_unknown", 0, visitor => Of(visitor).With("X-API-KEY: MOB-APP-2001")),
        new("44 an empty API key", 401, "key_unknown", 0, visitor => Of(visitor).Instead("X-API-KEY: ")),
        new("45 an API key in UTF-8", 401, "key_unknown", 0, visitor => Of(visitor).Instead("X-API-KEY: k\u00c3\u00a9y")),
        new("45 an API key with a Latin-1 byte", 400, null, 0, visitor => Of(visitor).Instead("X-API-KEY: k\u00e9y")) { Closes = true },
        new("8.3.1 an account in a header", 200, null, 1,
            visitor => Of(visitor).With("X-ACCOUNT-NUMBER: 1", "X-HTTP-Method-Override: GET")),
        new("14.2.1 the token in the query", 401, "tok_missing", 0, InQuery),
    ];

    private static readonly Dictionary<string, HostileRow> Rows = All.ToDictionary(row => row.Name);

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Row(string name) => Rows[name].Check(service);

    [Fact]
    public async Task Every_401_is_the_same_to_the_byte()
    {
        var answers = new HashSet<string>();
        foreach (var row in All.Where(row => row.Status == 401))
        {
            var answer = await service.Ask(row.Change(await service.SignIn()));
            answers.Add(answer.Fixed);
        }

        var ended = await service.SignIn();
        await service.Logout(ended);
        var otherDevice = await service.SignIn();
        var (toDevice, fromAnother) = (Of(ended).Saying(ended.Body("2")), Of(otherDevice).Saying(otherDevice.Body(device: "\"other\"")));
        foreach (var request in (RawLogout[])[toDevice, fromAnother])
        {
            service.Time.Advance(TimeSpan.FromMilliseconds(1));
            var answer = await service.Ask(request);
            answers.Add(answer.Fixed);
        }

        Assert.EndsWith(ServiceUnderTest.Unauthorized, Assert.Single(answers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_program_requires_an_API_key_a_request_without_one_is_refused()
    {
        await using var strict = await ServiceUnderTest.Start("--Sessions:Programs:2001:RequireApiKey=true");
        var visitor = await strict.SignIn();
        var answer = await strict.Ask(Of(visitor).Without("X-API-KEY"));
        Assert.Equal((401, ServiceUnderTest.Unauthorized), (answer.Status, answer.Body));
        Assert.Equal(["key_missing"], strict.Log.Codes);
        Assert.Equal(200, (await strict.Ask(Of(visitor))).Status);
    }

    [Fact]
    public async Task Behind_a_known_proxy_the_address_that_it_saw_decides()
    {
        await using var proxied = await ServiceUnderTest.Start("--Sessions:Public:KnownProxies:0=127.0.0.0/8");
        var visitor = await proxied.SignIn();
        Assert.Equal(401, (await proxied.Ask(Ips(visitor, "10.0.0.5").With("X-Forwarded-For: 10.0.0.5, 10.0.0.6"))).Status);
        Assert.Equal(401, (await proxied.Ask(Ips(visitor, "10.0.0.5"))).Status);
        Assert.Equal(401, (await proxied.Ask(Ips(visitor, "10.0.0.5").With("X-Forwarded-For: nonsense"))).Status);
        Assert.Equal(200, (await proxied.Ask(Ips(visitor, "10.0.0.5").With("X-Forwarded-For: 10.0.0.6, 10.0.0.5"))).Status);
    }

    [Fact]
    public async Task Two_hundred_phones_behind_one_address_all_learn_that_their_tokens_are_over()
    {
        await using var guarded = await ServiceUnderTest.Start("--Sessions:Public:ForgedTokensPerMinute=20");
        var visitor = await guarded.SignIn();
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(401, (await guarded.Ask(Of(visitor).Token(Flip(visitor.LoginToken)))).Status);
            Assert.Equal(401, (await guarded.Ask(Of(visitor).Token(Flip(visitor.LoginToken)).Without("X-API-KEY"))).Status);
        }

        Assert.Equal(200, (await guarded.Logout(visitor)).Status);
    }

    [Fact]
    public async Task A_flood_of_forged_tokens_without_an_API_key_is_not_tried_with_every_program()
    {
        var others = Enumerable.Range(3_000, 100).Select(
            id => $"--Sessions:Programs:{id}:TokenKeys:0={Base64Url.EncodeToString(SHA256.HashData(BitConverter.GetBytes(id)))}");
        await using var guarded = await ServiceUnderTest.Start(["--Sessions:Public:ForgedTokensPerMinute=20", .. others]);
        var (visitor, next) = (await guarded.SignIn(), await guarded.SignIn());
        var forged = Of(visitor).Token(Flip(visitor.LoginToken)).Without("X-API-KEY");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(401, (await guarded.Ask(forged)).Status);
        }

        var flood = await guarded.Ask(forged);
        Assert.Equal((429, "60"), (flood.Status, flood.Header("Retry-After")));
        Assert.Equal("flood", guarded.Log.Codes[^1]);

        // With its API key a token is always tried; and without one, with the programs whose tokens came last.
        Assert.Equal(401, (await guarded.Ask(Of(visitor).Token(Flip(visitor.LoginToken)))).Status);
        Assert.Equal(200, (await guarded.Ask(Of(visitor))).Status);
        Assert.Equal(200, (await guarded.Ask(Of(next).Without("X-API-KEY"))).Status);
        guarded.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, (await guarded.Ask(forged)).Status);
    }

    private static RawLogout Of(Visitor visitor) => RawLogout.Of(visitor);

    private static RawLogout Header(string header) =>
        Of(Visitor.New(DateTimeOffset.UnixEpoch, TestTokens.Key, TestTokens.Key)).Token(TestTokens.SealWith(header));

    private static RawLogout With(Visitor visitor, string claim, string? json) => Of(visitor).Token(visitor.LoginTokenWith((claim, json)));

    private static RawLogout Exp(Visitor visitor, int seconds) =>
        Of(visitor).Token(visitor.LoginTokenWith(("iat", $"{Now(visitor) - 1800}"), ("exp", $"{Now(visitor) + seconds}")));

    private static RawLogout Ips(Visitor visitor, string list) => With(visitor, "ALLOWED_IPS", $"\"{list}\"");

    private static RawLogout InQuery(Visitor visitor) =>
        Of(visitor).Without("X-API-TOKEN").Line($"POST {RawLogout.Path}?X-API-TOKEN={visitor.LoginToken} HTTP/1.1");

    private static long Now(Visitor visitor) => visitor.IssuedAt.ToUnixTimeSeconds();

    private static string Flip(string token)
    {
        var characters = token.ToCharArray();
        characters[^10] = characters[^10] == 'A' ? 'B' : 'A';
        return new string(characters);
    }
}
