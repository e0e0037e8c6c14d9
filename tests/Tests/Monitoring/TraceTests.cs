// Traces: one sign-out from the request to its notice, by OTLP to a collector, and without a word about a person.
using System.Collections.Concurrent;
using System.Diagnostics;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Monitoring;

public sealed class TraceTests
{
    private static readonly string[] Spans =
        ["POST /onboarding/user/logout/v1", "sign_out decide", "log append", "log commit", "notice deliver"];

    [Fact]
    public async Task A_sign_out_is_one_trace_from_the_request_to_the_notice()
    {
        var done = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Telemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = done.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var receiver = await OtlpReceiver.Start();
        await using var service = await Start(receiver);
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        using var stream = await NoticeCalls.Open(service, tablet);
        await stream.UntilLive();
        Assert.Equal(200, (await service.Logout(phone, "2")).Status);
        await stream.NextEvent();

        var command = CommandId.SignOutDevice(new SessionId(phone.Session)).ToString();
        Activity? Find(string name) => done.FirstOrDefault(one =>
            one.OperationName == name && command.Equals(one.GetTagItem("bankezy.sessions.command_id")));
        await Wait.Until(() => Find("notice deliver") is not null, () => "The notice has no span.");
        var append = Find("log append")!;
        var trace = done.Where(one => one.TraceId == append.TraceId).ToList();
        Assert.Equal(
            ["POST /onboarding/user/logout/v1", "log append", "log commit", "notice deliver", "sign_out decide"],
            trace.Select(one => one.OperationName).Order(StringComparer.Ordinal));
        Activity One(string name) => trace.Single(one => one.OperationName == name);
        var (request, decide) = (One(Spans[0]), One("sign_out decide"));
        Assert.Equal(
            [default, request.SpanId, decide.SpanId, append.SpanId, append.SpanId],
            new[] { request, decide, append, One("log commit"), One("notice deliver") }.Select(one => one.ParentSpanId));
        Assert.Equal(("device", "ended"),
            (request.GetTagItem("bankezy.sessions.mode"), request.GetTagItem("bankezy.sessions.outcome")));
    }

    [Fact]
    public async Task A_request_that_is_not_sampled_leaves_no_span_behind()
    {
        var done = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Telemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> wanted) =>
                wanted.Name == Spans[0] ? ActivitySamplingResult.PropagationData : ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = done.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        Assert.Equal(200, (await service.Logout(visitor)).Status);

        var requests = done.Where(one => one.OperationName == Spans[0]).Select(one => one.TraceId).ToHashSet();
        Assert.NotEmpty(requests);
        Assert.DoesNotContain(done, one => one.OperationName != Spans[0] && requests.Contains(one.TraceId));
        var command = CommandId.SignOutSession(new SessionId(visitor.Session)).ToString();
        Assert.DoesNotContain(done, one => command.Equals(one.GetTagItem("bankezy.sessions.command_id"))); // nor one of its own trace
    }

    [Fact]
    public async Task A_caller_s_own_trace_is_linked_and_decides_nothing()
    {
        const string Callers = "4bf92f3577b34da6a3ce929d0e0e4736";
        var done = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Telemetry.Name,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = done.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using var service = await ServiceUnderTest.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, RawLogout.Path))
        {
            Headers = { { "traceparent", $"00-{Callers}-00f067aa0ba902b7-01" } },
            Content = new StringContent("{}"),
        };
        Assert.Equal(401, (await service.Send(request)).Status);
        await Wait.Until(() => done.Any(IsLinked), () => "No span has a link to the caller's.");
        Assert.DoesNotContain(done, one => one.TraceId.ToHexString() == Callers);
        static bool IsLinked(Activity span) => span.Links.Any(link => link.Context.TraceId.ToHexString() == Callers);
    }

    [Fact]
    public async Task A_collector_gets_traces_and_metrics_and_nothing_of_a_person()
    {
        await using var receiver = await OtlpReceiver.Start();
        IReadOnlyList<string> secrets;
        await using (var service = await Start(receiver))
        {
            secrets = await Monitored.Traffic(service);
        } // the rest is sent when the service stops

        var (traces, metrics) = (receiver.Received("/v1/traces"), receiver.Received("/v1/metrics"));
        Assert.All(Spans, span => Assert.Contains(span, traces, StringComparison.Ordinal));
        Assert.Contains("bankezy.sessions.sign_out.duration", metrics, StringComparison.Ordinal);
        Assert.Contains("dotnet.process.memory.working_set", metrics, StringComparison.Ordinal);
        ServiceUnderTest.NothingIn([traces, metrics], secrets);
        ServiceUnderTest.NothingIn([metrics], ["user-2001-"]);
    }

    private static Task<ServiceUnderTest> Start(OtlpReceiver receiver) => ServiceUnderTest.Start(
        $"--OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Url}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
        "--Sessions:Programs:2001:Canary=true");
}
