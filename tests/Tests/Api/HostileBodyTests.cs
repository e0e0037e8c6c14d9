// Bodies that are not what they should be, and the order in which a request's faults are found.
using System.Text;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class HostileBodyTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private static readonly HostileRow[] All =
    [
        Says("46 an empty body", "body_form", _ => ""),
        Says("47 no JSON", "body_form", _ => "signOutMode=1"),
        Says("47 garbage behind", "body_form", visitor => visitor.Body() + "x"),
        Says("47 an object behind", "body_form", visitor => visitor.Body() + "{}"),
        Says("47 a comma at the end", "body_form", visitor => visitor.Body()[..^1] + ",}"),
        Says("47 a comment", "body_form", visitor => visitor.Body().Replace("{", "{/**/", StringComparison.Ordinal)),
        Says("47 NaN", "body_form", visitor => visitor.Body("NaN")),
        Says("47 Infinity", "body_form", visitor => visitor.Body("-Infinity")),
        Says("47 single quotes", "body_form", visitor => visitor.Body().Replace('"', '\'')),
        Says("47 cut short", "body_form", visitor => visitor.Body()[..^1]),
        Says("47 a list", "body_form", visitor => $"[{visitor.Body()}]"),
        Says("47 null", "body_form", _ => "null"),
        Bytes("48 a byte order mark", 200, visitor => [0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(visitor.Body())]),
        Bytes("48 two byte order marks", 400, visitor => [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, .. Encoding.UTF8.GetBytes(visitor.Body())]),
        Bytes("48 UTF-16", 400, visitor => [0xff, 0xfe, .. Encoding.Unicode.GetBytes(visitor.Body())]),
        Bytes("48 UTF-32", 400, visitor => [0xff, 0xfe, 0, 0, .. Encoding.UTF32.GetBytes(visitor.Body())]),
        Bytes("48 not UTF-8 inside", 400,
            visitor => [.. Encoding.UTF8.GetBytes(visitor.Body()[..^1]), .. ",\"x\":\""u8, 0xc3, 0x28, .. "\"}"u8]),
        Says("49 the mode twice", "body_form", visitor => visitor.Body()[..^1] + ",\"signOutMode\":1}"),
        Says("49 the device twice", "body_form", visitor => visitor.Body()[..^1] + $",\"deviceId\":\"{visitor.Device}\"}}"),
        Says("49 the token twice, once escaped", "body_form", visitor => visitor.Body()[..^1] + ",\"\\u0074oken\":\"x\"}"),
        Says("49 another case", "body_device", visitor => visitor.Body().Replace("deviceId", "DeviceId", StringComparison.Ordinal)),
        Says("52 16,000 brackets", "body_form", _ => new string('[', 16_000)),
        Says("52 9 deep", "body_form", visitor => visitor.Body()[..^1] + ",\"x\":[[[[[[[[0]]]]]]]]}"),
        Says("52 half a surrogate pair", "body_form", visitor => visitor.Body(device: "\"\\ud800\"")),
        Says("52 half a surrogate pair in a name", "body_form", visitor => visitor.Body()[..^1] + ",\"\\udc00\":1}"),
        Good("52 8 deep", visitor => visitor.Body()[..^1] + ",\"x\":[[[[[[[0]]]]]]]}"),
        Says("49 a member that means nothing, twice", "body_form", visitor => visitor.Body()[..^1] + ",\"x\":1,\"\\u0078\":2}"),
        Good("54 mode null, which is absent", visitor => visitor.Body("null")),
        Good("52 1,500 members",
            visitor => visitor.Body()[..^1] + string.Concat(Enumerable.Range(0, 1_500).Select(i => $",\"{i}\":0")) + "}"),
        Good("52 a string of 15 KB", visitor => $$"""{{visitor.Body()[..^1]}},"x":"{{new string('x', 15_000)}}"}"""),
        Mode("0"), Mode("3"), Mode("1.0"), Mode("1e0"), Mode("\"01\""), Mode("\" 1\""), Mode("\"\""), Mode("true"),
        Mode("[1]"), Mode("{}"), Mode("4294967297"), Mode("2147483649"), Mode("-1"), Mode("\"\\u0031\""),
        Says("55 no device", "body_device", visitor => $$"""{"signOutMode":1,"token":"{{visitor.AppToken}}"}"""),
        Says("55 an empty device", "body_device", visitor => visitor.Body(device: "\"\"")),
        Says("55 a device of 201 characters", "body_device", visitor => visitor.Body(device: $"\"{new string('d', 201)}\"")),
        Says("55 a device of 5,000 characters", "body_device", visitor => visitor.Body(device: $"\"{new string('d', 5_000)}\"")),
        Says("55 a number for a device", "body_device", visitor => visitor.Body(device: "7971")),
        Says("55 a device with a line end", "body_device", visitor => visitor.Body(device: "\"a\\r\\nevt=fake\"")),
        Says("55 a device with ESC", "body_device", visitor => visitor.Body(device: "\"\\u001b[31m\"")),
        Says("57 no token", "body_token_missing", visitor => $$"""{"signOutMode":1,"deviceId":"{{visitor.Device}}"}"""),
        Says("57 an empty token", "body_token_missing", visitor => visitor.Body(token: "\"\"")),
        Says("57 a number for a token", "body_token_missing", visitor => visitor.Body(token: "1")),
        new("56 another device", 401, "device", 0, visitor => Of(visitor).Saying(visitor.Body(device: "\"tdid:aGFzaA==:0001\""))),
        new("58 a token of no form", 401, "body_token", 0, visitor => Of(visitor).Saying(visitor.Body(token: "\"x\""))),
        new("58 a token of 9,000 characters", 401, "body_token", 0,
            visitor => Of(visitor).Saying(visitor.Body(token: $"\"{new string('A', 9_000)}\""))),
        new("59 application/json", 200, null, 1, visitor => Of(visitor).Instead("Content-Type: application/json")),
        new("59 with a charset", 200, null, 1, visitor => Of(visitor).Instead("Content-Type: Application/JSON; Charset=\"UTF-8\"")),
        new("59 text/plain with a charset", 200, null, 1, visitor => Of(visitor).Instead("Content-Type: text/plain;charset=utf-8")),
        new("59 no media type", 200, null, 1, visitor => Of(visitor).Without("Content-Type")),
        Type("60 UTF-16", "Content-Type: application/json; charset=utf-16"),
        Type("60 multipart", "Content-Type: multipart/form-data; boundary=x"),
        Type("60 a form", "Content-Type: application/x-www-form-urlencoded"),
        Type("60 XML", "Content-Type: application/xml"),
        Type("60 nonsense", "Content-Type: json"),
        new("60 two media types", 415, "media_type", 0, visitor => Of(visitor).With("Content-Type: text/plain")),
        Type("61 gzip", "Content-Encoding: gzip"),
        Type("61 br", "Content-Encoding: br"),
        Type("61 identity and another", "Content-Encoding: identity, x"),
        new("61 identity", 200, null, 1, visitor => Of(visitor).With("Content-Encoding: identity")),
        Good("8.2.3 members that nobody asked for",
            visitor => visitor.Body()[..^1] + ",\"userId\":1,\"programId\":1111,\"isAdmin\":true,\"eventId\":\"x\"}"),
        Good("an escaped device and token", visitor => visitor.Body(
            device: $"\"\\u0074{visitor.Device[1..].Replace("/", "\\/", StringComparison.Ordinal)}\"",
            token: $"\"\\u0065{visitor.AppToken[1..]}\"")),
    ];

    // Two faults in one request: the first check that fails is the one that answers.
    private static readonly HostileRow[] Pairs =
    [
        new("wrong path and wrong method", 404, "path", 0, visitor => Of(visitor).Line("GET /x HTTP/1.1")),
        new("wrong method and wrong media type", 405, "method", 0, visitor => BadType(visitor).Line($"PUT {RawLogout.Path} HTTP/1.1")),
        new("ambiguous length and wrong media type", 400, "framing", 0,
            visitor => BadType(visitor).With("Transfer-Encoding: chunked")) { Closes = true },
        new("wrong media type and too large", 415, "media_type", 0, visitor => BadType(visitor).Saying(new string(' ', 16_385))),
        new("wrong media type and wrong token", 415, "media_type", 0, visitor => BadType(visitor).Token("x")),
        new("too large and wrong token", 413, "body_size", 0,
            visitor => Of(visitor).Token("x").Saying(new string(' ', 16_385))) { Closes = true },
        new("wrong API key and no token", 401, "key_unknown", 0, visitor => Of(visitor).Instead("X-API-KEY: x").Without("X-API-TOKEN")),
        new("wrong token and no body", 401, "tok_form", 0, visitor => Of(visitor).Token("x").Saying("")),
        new("no token and wrong mode", 401, "tok_missing", 0, visitor => Of(visitor).Without("X-API-TOKEN").Saying(visitor.Body("3"))),
        new("wrong address and wrong body", 401, "ip", 0,
            visitor => Of(visitor).Token(visitor.LoginTokenWith(("ALLOWED_IPS", "\"\""))).Saying("x")),
        new("wrong mode and wrong body token", 400, "body_mode", 0, visitor => Of(visitor).Saying(visitor.Body("3", token: "\"x\""))),
        new("no device and wrong body token", 400, "body_device", 0,
            visitor => Of(visitor).Saying(visitor.Body(device: "\"\"", token: "\"x\""))),
        new("wrong body token and another device", 401, "body_token", 0,
            visitor => Of(visitor).Saying(visitor.Body(device: "\"d\"", token: "\"x\""))),
    ];

    private static readonly Dictionary<string, HostileRow> Rows = All.Concat(Pairs).ToDictionary(row => row.Name);

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Row(string name) => Rows[name].Check(service);

    [Theory]
    [InlineData("body_form", "Invalid request body", "")]
    [InlineData("body_mode", "Invalid sign in mode", """{"signOutMode":3,"deviceId":"d","token":"t"}""")]
    [InlineData("body_device", "Device id is mandatory", """{"signOutMode":1,"token":"t"}""")]
    [InlineData("body_token_missing", "Token mandatory", """{"signOutMode":1,"deviceId":"d"}""")]
    public async Task A_fault_in_a_field_is_told_in_the_familys_words(string code, string text, string body)
    {
        service.Time.Advance(TimeSpan.FromSeconds(2)); // A second line of one kind and caller is left out.
        var answer = await service.Ask(Of(await service.SignIn()).Saying(body));
        Assert.Equal((400, $$"""{"resCode":400,"resDesc":"{{text}}"}"""), (answer.Status, answer.Body));
        Assert.Equal(code, service.Log.Codes[^1]);
    }

    private static RawLogout Of(Visitor visitor) => RawLogout.Of(visitor);

    private static RawLogout BadType(Visitor visitor) => Of(visitor).Instead("Content-Type: image/png");

    private static HostileRow Says(string name, string code, Func<Visitor, string> body) =>
        new(name, 400, code, 0, visitor => Of(visitor).Saying(body(visitor)));

    private static HostileRow Good(string name, Func<Visitor, string> body) =>
        new(name, 200, null, 1, visitor => Of(visitor).Saying(body(visitor)));

    private static HostileRow Bytes(string name, int status, Func<Visitor, byte[]> body) =>
        new(name, status, status == 200 ? null : "body_form", status == 200 ? 1 : 0, visitor => Of(visitor).Saying(body(visitor)));

    private static HostileRow Mode(string mode) => Says($"54 mode {mode}", "body_mode", visitor => visitor.Body(mode));

    private static HostileRow Type(string name, string header) => new(name, 415, "media_type", 0, visitor => Of(visitor).Instead(header));
}
