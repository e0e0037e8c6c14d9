// GET /metrics: for scrapers with a key alone, complete, and without a word about a person.
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Monitoring;

[Collection(AloneCollection.Name)]
public sealed partial class MetricsTests : IAsyncLifetime
{
    // A node with SQLite has no horizon to wait for, one that is alone no certificate for other nodes, and Orleans makes these two series
    // with the first call that fails. Their instruments are looked at below.
    private static readonly string[] Later =
    [
        "bankezy_sessions_feed_horizon_age_seconds", "bankezy_sessions_certificate_remaining_seconds",
        "orleans_app_requests_timedout_total", "orleans_messaging_rejected_total",
    ];

    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start(
        "--Sessions:Metrics=true", "--Sessions:Programs:2001:Canary=true", "--Sessions:AccessLog=true");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_scraper_needs_a_key_the_management_listener_and_the_setting()
    {
        Assert.Equal(401, await Status(service.Management, key: null));
        Assert.Equal(401, await Status(service.Management, "a wrong key of sixteen letters"));
        Assert.Equal(404, await Status(service.Public, ServiceUnderTest.ManagementKey));
        Assert.Equal(200, await Status(service.Management, ServiceUnderTest.ManagementKey));
        await using var off = await ServiceUnderTest.Start();
        using var request = Request(off.Management, ServiceUnderTest.ManagementKey);
        using var answer = await off.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(404, (int)answer.StatusCode);
    }

    [Fact]
    public async Task The_dashboard_and_the_alerts_ask_for_nothing_that_is_not_there()
    {
        await Monitored.Traffic(service);
        var (metrics, labels) = Monitored.NamesIn(await Monitored.Scrape(service));
        foreach (var file in (string[])["deploy/grafana/sessions.json", "deploy/prometheus/sessions.rules.yml"])
        {
            var names = NamesIn(RepositoryFiles.Read(file));
            Assert.True(names.Count > 15, $"Only {names.Count} names were found in {file}.");
            Assert.All(names.Except(Later), name => Assert.True(
                metrics.Contains(name) || labels.Contains(name), $"{file} asks for {name}, which /metrics does not have."));
        }
    }

    [Fact]
    public async Task What_Orleans_counts_at_every_call_of_a_grain_is_left_out()
    {
        await Monitored.Traffic(service);
        var (metrics, _) = Monitored.NamesIn(await Monitored.Scrape(service));
        Assert.Contains("orleans_catalog_activations", metrics);
        Assert.DoesNotContain(metrics, static name => name.StartsWith("orleans_messaging_processing", StringComparison.Ordinal)
            || name.StartsWith("orleans_messaging_sent_messages", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_of_a_person_is_in_a_metric()
    {
        var secrets = await Monitored.Traffic(service);
        var text = await Monitored.Scrape(service);
        ServiceUnderTest.NothingIn(text.Split('\n'), [.. secrets, "user-2001-"]);
    }

    [Fact]
    public async Task Each_sign_out_is_counted_by_how_it_was_answered_and_sessions_by_why_they_ended()
    {
        var before = await Monitored.Scrape(service);
        await Monitored.Traffic(service);
        service.Store.IsDown = true;
        Assert.Equal(503, (await service.Logout(service.NewVisitor(), "2")).Status);
        service.Store.IsDown = false;
        var after = await Monitored.Scrape(service);

        // At least: other tests of this process count by the same meter.
        static double Read(string text, string name, string[] with) => Monitored.ValueOf(text, "bankezy_sessions_" + name, with) ?? 0;
        double Grown(string name, params string[] with) => Read(after, name, with) - Read(before, name, with);
        string Outcome(string outcome) => $"bankezy_sessions_outcome=\"{outcome}\"";
        string Mode(string mode) => $"bankezy_sessions_mode=\"{mode}\"";
        Assert.True(Grown("sign_outs_total", Outcome("ended"), Mode("device")) >= 2); // one of them the canary's
        Assert.True(Grown("sign_outs_total", Outcome("ended"), Mode("pin")) >= 2);
        Assert.True(Grown("sign_outs_total", Outcome("repeat"), Mode("pin")) >= 1);
        Assert.True(Grown("sign_outs_total", Outcome("refused")) >= 1);
        Assert.True(Grown("sign_outs_total", Outcome("unavailable"), Mode("device")) >= 1);
        Assert.True(Grown("session_starts_total", "bankezy_sessions_origin=\"reported\"") >= 4);
        Assert.True(Grown("session_ends_total", "bankezy_sessions_reason=\"device\"") >= 2);
        Assert.True(Grown("session_ends_total", "bankezy_sessions_reason=\"signed_out\"") >= 2);
        Assert.True(Grown("requests_refused_total", "bankezy_sessions_code=\"body_token\"", "listener=\"public\"") >= 1);
        Assert.True(Grown("management_key_failures_total") >= 1);
        Assert.True(Grown("notice_delivery_duration_seconds_count", "bankezy_sessions_delivery=\"live\"") >= 2);
        Assert.True(Grown("notice_acknowledgement_duration_seconds_count") >= 2);
        Assert.True(Grown("log_append_duration_seconds_count", Outcome("appended"), "db_system_name=\"sqlite\"") >= 8);
        Assert.True(Grown("log_batch_size_count") >= 1);
        Assert.True(Grown("canary_runs_total", Outcome("ok")) + Grown("canary_runs_total", Outcome("late")) >= 1); // a busy machine is late
        Assert.InRange(Monitored.ValueOf(after, "bankezy_sessions_connection_used")!.Value, 1, 1_000);
        Assert.InRange(Monitored.ValueOf(after, "bankezy_sessions_connection_limit")!.Value, 1, 100_000);
        Assert.NotNull(Monitored.ValueOf(after, "bankezy_sessions_cluster_silos", "bankezy_sessions_state=\"active\""));
        Assert.Contains(service.Log.Lines, line => AccessLine().IsMatch(line.Text));
    }

    [Theory]
    [InlineData(Damage.Content, "chain")]
    [InlineData(Damage.Missing, "version")]
    public async Task Damage_of_the_log_is_counted(Damage damage, string kind)
    {
        var (phone, _) = await NoticeCalls.SignInTwice(service);
        Assert.Equal(200, (await service.Logout(phone)).Status);
        var label = $"bankezy_sessions_kind=\"{kind}\"";
        async Task<double> Count() =>
            Monitored.ValueOf(await Monitored.Scrape(service), "bankezy_sessions_log_integrity_failures_total", label)!.Value;
        var before = await Count();
        service.Store.Changed = damage.To(phone.User.Stream, 2);
        Assert.Equal(503, (await service.Manage("/internal/feed/v1?follow=false", content: null)).Status);
        service.Store.Changed = null;
        Assert.True(await Count() > before);
    }

    [Fact]
    public async Task A_request_that_failed_has_the_name_of_its_route_in_the_server_s_own_measurements()
    {
        await Monitored.Traffic(service);
        Assert.NotNull(Monitored.ValueOf(
            await Monitored.Scrape(service), "http_server_request_duration_seconds_count",
            "http_route=\"/onboarding/user/logout/v1\"", "http_response_status_code=\"401\""));
    }

    private static HashSet<string> NamesIn(string text) => [.. Names().Matches(text).Select(match => match.Value)];

    private static HttpRequestMessage Request(Uri listener, string? key) => new(HttpMethod.Get, new Uri(listener, "/metrics"))
    {
        Headers = { Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key) },
    };

    private async Task<int> Status(Uri listener, string? key)
    {
        using var request = Request(listener, key);
        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    [GeneratedRegex(@"\b(?:bankezy_sessions|orleans|dotnet|kestrel|http_server)_[a-z0-9_]+")]
    private static partial Regex Names();

    [GeneratedRegex(@"^evt=sign_out user=user-2001-[0-9a-f]{32} mode=device outcome=ended ms=[0-9.]+ rid=\S+$")]
    private static partial Regex AccessLine();
}
