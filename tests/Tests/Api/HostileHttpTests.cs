// Requests that HTTP itself, or this API's use of it, does not allow. Raw bytes: a client library would tidy them up.
using System.Text;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class HostileHttpTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private const string Path = RawLogout.Path;

    private static readonly HostileRow[] All =
    [
        new("5 headers of more than 16 KiB", 431, null, 0,
            visitor => Of(visitor).With($"X-Filler: {new string('x', 17_000)}")) { Closes = true },
        new("6 101 header fields", 431, null, 0,
            visitor => Of(visitor).With([.. Enumerable.Range(0, 101).Select(i => $"X-{i}: 1")])) { Closes = true },
        new("46 no body and no length", 400, "body_form", 0, visitor => Of(visitor).Saying("") with { SaysLength = false }),
        new("50 16,385 bytes by length", 413, "body_size", 0, visitor => Of(visitor).Saying(Padded(visitor, 16_385))) { Closes = true },
        new("50 16,384 bytes by length", 200, null, 1, visitor => Of(visitor).Saying(Padded(visitor, 16_384))),
        new("51 chunks that grow past the limit", 413, "body_size", 0,
            visitor => Of(visitor).Chunked(Chunks(Padded(visitor, 20_000)))) { Closes = true },
        new("51 chunks within the limit", 200, null, 1, visitor => Of(visitor).Chunked(Chunks(Padded(visitor, 9_000)))),
        new("62 GET", 405, "method", 0, visitor => Of(visitor).Line($"GET {Path} HTTP/1.1")),
        new("62 PUT", 405, "method", 0, visitor => Of(visitor).Line($"PUT {Path} HTTP/1.1")),
        new("62 DELETE", 405, "method", 0, visitor => Of(visitor).Line($"DELETE {Path} HTTP/1.1")),
        new("62 OPTIONS", 405, "method", 0, visitor => Of(visitor).Line($"OPTIONS {Path} HTTP/1.1")),
        new("62 TRACE", 405, "method", 0, visitor => Of(visitor).Line($"TRACE {Path} HTTP/1.1")),
        new("63 post in lower case", 405, "method", 0, visitor => Of(visitor).Line($"post {Path} HTTP/1.1")),
        new("64 upper case", 404, "path", 0, visitor => Of(visitor).Line("POST /ONBOARDING/user/logout/v1 HTTP/1.1")),
        new("64 slash at the end", 404, "path", 0, visitor => Of(visitor).Line($"POST {Path}/ HTTP/1.1")),
        new("64 two slashes", 404, "path", 0, visitor => Of(visitor).Line("POST /onboarding//user/logout/v1 HTTP/1.1")),
        new("64 an escaped slash", 404, "path", 0, visitor => Of(visitor).Line("POST /onboarding%2Fuser/logout/v1 HTTP/1.1")),
        new("64 a path parameter", 404, "path", 0, visitor => Of(visitor).Line($"POST {Path};a=b HTTP/1.1")),
        new("64 dot segments", 200, null, 1, visitor => Of(visitor).Line("POST /onboarding/x/../user/./logout/v1 HTTP/1.1")),
        new("64 an escaped letter, which is the letter", 200, null, 1,
            visitor => Of(visitor).Line("POST /onboarding/user/logou%74/v1 HTTP/1.1")),
        new("64 a query", 200, null, 1, visitor => Of(visitor).Line($"POST {Path}?a=b HTTP/1.1")),
        new("65 no Host", 400, null, 0, visitor => Of(visitor).Without("Host")) { Closes = true },
        new("65 two Hosts", 400, null, 0, visitor => Of(visitor).With("Host: localhost")) { Closes = true },
        new("65 absolute form for another host", 400, null, 0,
            visitor => Of(visitor).Line($"POST http://bank.example{Path} HTTP/1.1")) { Closes = true },
        new("65 absolute form for this host", 200, null, 1, visitor => Of(visitor).Line($"POST http://localhost{Path} HTTP/1.1")),
        new("66 two lengths", 400, null, 0, visitor => Of(visitor).With($"Content-Length: {visitor.Body().Length}")) { Closes = true },
        new("66 a list of lengths", 400, null, 0, visitor => Length(visitor, "Content-Length: 2, 2")) { Closes = true },
        new("66 a negative length", 400, null, 0, visitor => Length(visitor, "Content-Length: -1")) { Closes = true },
        new("66 a length of 20 digits", 400, null, 0, visitor => Length(visitor, "Content-Length: 99999999999999999999")) { Closes = true },
        new("66 a length with a sign, the body rightful", 400, null, 0,
            visitor => Length(visitor, $"Content-Length: +{visitor.Body().Length}")) { Closes = true },
        new("66 a length with leading zeros, the body rightful", 400, null, 0,
            visitor => Length(visitor, $"Content-Length: 00{visitor.Body().Length}")) { Closes = true },
        new("66 a length in hexadecimal", 400, null, 0, visitor => Length(visitor, "Content-Length: 0x10")) { Closes = true },
        new("66 a space before the colon", 400, null, 0, visitor => Length(visitor, "Content-Length : 2")) { Closes = true },
        new("66 a folded line", 400, null, 0, visitor => Of(visitor).With("X-Folded: a\r\n b")) { Closes = true },
        new("66 CR in a value", 400, null, 0, visitor => Of(visitor).With("X-Cr: a\rb")) { Closes = true },
        new("66 NUL in a value", 400, null, 0, visitor => Of(visitor).With("X-Nul: a\0b")) { Closes = true },
        new("68 length and chunks", 400, "framing", 0,
            visitor => Of(visitor).Chunked(Chunks(visitor.Body())) with { SaysLength = true }) { Closes = true },
        new("68 chunks and another coding", 400, null, 0,
            visitor => Of(visitor).With("Transfer-Encoding: chunked, gzip")) { Closes = true },
        new("68 identity before chunked", 400, "framing", 0,
            visitor => Coding(visitor, "Transfer-Encoding: identity, chunked")) { Closes = true },
        new("68 chunked twice", 400, "framing", 0, visitor => Coding(visitor, "Transfer-Encoding: chunked, chunked")) { Closes = true },
        new("68 chunked in two headers", 400, "framing", 0,
            visitor => Coding(visitor, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")) { Closes = true },
        new("68 nothing before chunked", 400, "framing", 0, visitor => Coding(visitor, "Transfer-Encoding: , chunked")) { Closes = true },
        new("68 chunked in upper case", 400, "framing", 0, visitor => Coding(visitor, "Transfer-Encoding: Chunked")) { Closes = true },
        new("68 chunks of an HTTP/1.0 client", 400, "framing", 0,
            visitor => Coding(visitor, "Transfer-Encoding: chunked").Line($"POST {Path} HTTP/1.0")) { Closes = true },
        new("68 a path that does not exist, with two codings", 400, "framing", 0,
            visitor => Coding(visitor, "Transfer-Encoding: identity, chunked").Line("POST /elsewhere HTTP/1.1")) { Closes = true },
        new("70 LF in a chunk's extension", 400, "framing", 0,
            visitor => Of(visitor).Chunked("2;a\nb\r\n{}\r\n0\r\n\r\n")) { Closes = true },
        new("70 CR in a chunk's extension", 400, "framing", 0,
            visitor => Of(visitor).Chunked("2;a\rb\r\n{}\r\n0\r\n\r\n")) { Closes = true },
        new("70 a chunk of 80000000", 400, "framing", 0, visitor => Of(visitor).Chunked("80000000\r\n{}\r\n0\r\n\r\n")) { Closes = true },
        new("70 a chunk of ffffffffff", 400, "framing", 0,
            visitor => Of(visitor).Chunked("ffffffffff\r\n{}\r\n0\r\n\r\n")) { Closes = true },
        new("70 a chunk of no hex", 400, "framing", 0, visitor => Of(visitor).Chunked("xyz\r\n{}\r\n0\r\n\r\n")) { Closes = true },
        new("72 bare LF at the end of lines", 200, null, 1, visitor => Of(visitor) with { LineEnd = "\n" }),
        new("73 a request line of 9 KB", 414, null, 0,
            visitor => Of(visitor).Line($"POST {Path}?{new string('a', 9_000)} HTTP/1.1")) { Closes = true },
        new("73 HTTP/3.7", 505, null, 0, visitor => Of(visitor).Line($"POST {Path} HTTP/3.7")) { Closes = true },
        new("73 no version", 400, null, 0, visitor => Of(visitor).Line($"POST {Path}")) { Closes = true },
        new("86 4 KB of cookies", 200, null, 1, visitor => Of(visitor).With($"Cookie: JSESSIONID={new string('C', 4_096)}")),
        new("88 100-continue", 200, null, 1, visitor => Of(visitor).With("Expect: 100-continue")),
        new("88 another expectation", 200, null, 1, visitor => Of(visitor).With("Expect: miracles")),
    ];

    private static readonly Dictionary<string, HostileRow> Rows = All.ToDictionary(row => row.Name);

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Row(string name) => Rows[name].Check(service);

    [Fact]
    public async Task A_method_that_is_not_taken_is_told_which_one_is()
    {
        var visitor = service.NewVisitor();
        var put = await service.Ask(RawLogout.Of(visitor).Line($"PUT {Path} HTTP/1.1"));
        var head = await service.Ask(RawLogout.Of(visitor).Line($"HEAD {Path} HTTP/1.1"));
        Assert.Equal(("POST", "POST"), (put.Header("Allow"), head.Header("Allow")));
        Assert.Equal((405, 405, ""), (put.Status, head.Status, head.Body));
    }

    [Fact]
    public async Task A_TLS_client_on_the_plain_port_is_refused()
    {
        var hello = Convert.FromHexString("160301002f0100002b0303").Concat(new byte[40]).ToArray();
        Assert.Equal(400, (await RawConnection.Ask(service.Public, hello)).Status);
    }

    // Rows 74 and 75, and the test after them: the only ones that wait for real, because the server's own clock is what they are about.
    [Fact]
    public async Task Headers_that_come_too_slowly_end_in_408()
    {
        using var connection = await RawConnection.Open(service.Public);
        await connection.Send(Encoding.ASCII.GetBytes($"POST {Path} HTTP/1.1\r\nHost: loc"));
        var answer = await connection.Read();
        Assert.Equal((408, true), (answer.Status, answer.IsClosed));
    }

    [Fact]
    public async Task A_body_that_comes_too_slowly_ends_in_408_with_one_line()
    {
        var visitor = await service.SignIn();
        var lines = service.Log.Codes.Count;
        using var connection = await RawConnection.Open(service.Public);
        await connection.Send(RawLogout.Of(visitor).ToBytes()[..^2]);
        var answer = await connection.Read();
        Assert.Equal((408, true), (answer.Status, answer.IsClosed));
        Assert.Equal(["slow"], service.Log.Codes.Skip(lines));
        Assert.Single(await service.EventsOf(visitor));
    }

    // A phone sends lost segments again after seconds. Both forms of a body at once, so that the pause is one.
    [Fact]
    public async Task A_body_that_is_silent_for_six_seconds_in_its_middle_is_answered_200()
    {
        var (whole, chunked) = (await service.SignIn(), await service.SignIn());
        byte[][] requests = [Of(whole).ToBytes(), Of(chunked).Chunked(Chunks(chunked.Body())).ToBytes()];
        using var first = await RawConnection.Open(service.Public);
        using var second = await RawConnection.Open(service.Public);
        await first.Send(requests[0][..^40]);
        await second.Send(requests[1][..^40]);
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System, TestContext.Current.CancellationToken);
        await first.Send(requests[0][^40..]);
        await second.Send(requests[1][^40..]);
        Assert.Equal((200, 200), ((await first.Read()).Status, (await second.Read()).Status));
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await service.EventsOf(whole));
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await service.EventsOf(chunked));
    }

    [Fact]
    public async Task A_client_that_goes_away_after_its_request_has_signed_out()
    {
        var visitor = await service.SignIn();
        var (reached, goOn) = service.Store.HoldAppend();
        using (var connection = await RawConnection.Open(service.Public))
        {
            await connection.Send(RawLogout.Of(visitor).ToBytes());
            await reached;
            connection.Abort();
        }

        service.Store.OnAppend = null;
        goOn.SetResult();
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        Assert.Equal(2, (await service.EventsOf(visitor)).Count);
        Assert.Empty(service.Log.Complaints);
    }

    [Fact]
    public async Task A_client_that_goes_away_within_its_body_has_not_signed_out()
    {
        await using var own = await ServiceUnderTest.Start();
        var visitor = await own.SignIn();
        for (var i = 0; i < 20; i++) // a race between the body's end and the connection's
        {
            using var connection = await RawConnection.Open(own.Public);
            await connection.Send(RawLogout.Of(visitor).With("Expect: 100-continue").ToBytes()[..^2]);
            await connection.ReadInterim(); // the service is reading the body now
            if (i % 2 == 0)
            {
                connection.Abort();
            }
        }

        Assert.Single(await own.EventsOf(visitor));
        await own.Stop();
        Assert.Empty(own.Log.Complaints);
    }

    [Fact]
    public async Task After_a_refusal_the_connection_serves_the_next_request()
    {
        var visitor = await service.SignIn();
        using var connection = await RawConnection.Open(service.Public);
        foreach (var refused in (RawLogout[])[RawLogout.Of(visitor).Token("x"), RawLogout.Of(visitor).Instead("Content-Type: image/png")])
        {
            await connection.Send(refused.ToBytes());
            Assert.InRange((await connection.Read()).Status, 401, 415);
        }

        await connection.Send([.. RawLogout.Of(visitor).ToBytes(), .. RawLogout.Of(visitor).ToBytes()]); // two at once: a pipeline
        Assert.Equal((200, 200), ((await connection.Read()).Status, (await connection.Read()).Status));
        Assert.Equal(2, (await service.EventsOf(visitor)).Count);
    }

    private static RawLogout Of(Visitor visitor) => RawLogout.Of(visitor);

    private static RawLogout Length(Visitor visitor, string header) => Of(visitor).With(header) with { SaysLength = false };

    private static RawLogout Coding(Visitor visitor, string header) =>
        Of(visitor).With(header).Saying(Chunks(visitor.Body())) with { SaysLength = false };

    private static string Padded(Visitor visitor, int length) => visitor.Body().PadRight(length);

    // In pieces of 1,000: each under the limit, only their sum is not.
    private static string Chunks(string body) =>
        string.Concat(body.Chunk(1_000).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n")) + "0\r\n\r\n";
}
