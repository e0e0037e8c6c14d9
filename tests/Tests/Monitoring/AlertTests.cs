// The shipped alerts and the shipped dashboard: promtool takes the rules and their tests, each alert says what to do, and the documents
// list every instrument that there is.
using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Monitoring;

public sealed partial class AlertTests
{
    private const string Rules = "deploy/prometheus/sessions.rules.yml";
    private const string Cases = "deploy/prometheus/sessions.rules.test.yml";
    private const string Dashboard = "deploy/grafana/sessions.json";

    [Fact]
    public async Task Promtool_accepts_the_rules_and_each_case_comes_out_as_it_says()
    {
        var promtool = Programs.Find("promtool");
        var (checkedExit, said, errors) = await Programs.Run(promtool, "check", "rules", Rules);
        Assert.True(checkedExit == 0, said + errors);
        var (testedExit, result, failures) = await Programs.Run(promtool, "test", "rules", Cases);
        Assert.True(testedExit == 0, result + failures);
    }

    [Fact]
    public void Each_alert_has_a_case_that_fires_one_that_does_not_and_its_paragraph_for_the_operator()
    {
        var alerts = Alerts();
        Assert.True(alerts.Count > 15);
        var (cases, paragraphs) = (RepositoryFiles.Read(Cases), RepositoryFiles.Read("docs/operations.md"));
        Assert.All(alerts, alert =>
        {
            Assert.Contains($"name: {alert} fires\n", cases, StringComparison.Ordinal);
            Assert.Contains($"name: {alert} stays quiet\n", cases, StringComparison.Ordinal);
            Assert.Contains($"\n### {alert}\n", paragraphs, StringComparison.Ordinal);
            Assert.Contains($"docs/operations.md#{alert.ToLowerInvariant()}\n", RepositoryFiles.Read(Rules), StringComparison.Ordinal);
            Assert.Contains($"| [`{alert}`](operations.md#{alert.ToLowerInvariant()}) |", RepositoryFiles.Read("docs/telemetry.md"),
                StringComparison.Ordinal);
        });
        Assert.Equal(alerts.Order(), Titles().Matches(paragraphs).Select(match => match.Groups[1].Value).Order());
    }

    [Fact]
    public void The_dashboard_is_one_that_Grafana_can_load()
    {
        var root = JsonDocument.Parse(RepositoryFiles.Read(Dashboard)).RootElement;
        var variables = root.GetProperty("templating").GetProperty("list").EnumerateArray()
            .Select(one => one.GetProperty("name").GetString());
        Assert.Equal(["datasource", "job", "instance"], variables);
        var panels = root.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        var places = new HashSet<(int X, int Y)>();
        Assert.All(panels, panel =>
        {
            var at = panel.GetProperty("gridPos");
            var (x, y, w, h) = (Number(at, "x"), Number(at, "y"), Number(at, "w"), Number(at, "h"));
            Assert.InRange(x + w, 1, 24);
            Assert.All(Enumerable.Range(x, w), column => Assert.All(Enumerable.Range(y, h), line =>
                Assert.True(places.Add((column, line)), $"{panel.GetProperty("title")} lies on another panel.")));
            if (panel.GetProperty("type").GetString() != "row")
            {
                Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.Contains(
                    "job=\"$job\",instance=~\"$instance\"", target.GetProperty("expr").GetString()!, StringComparison.Ordinal));
            }
        });
    }

    [Fact]
    public async Task The_list_of_instruments_is_complete_and_has_no_other()
    {
        // Of PostgreSQL alone, and of encrypted ports between nodes.
        var published = new HashSet<string>(StringComparer.Ordinal) { "feed.horizon_age", "certificate.remaining" };
        using (var meters = new MeterListener())
        {
            meters.InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Telemetry.Name)
                {
                    lock (published)
                    {
                        published.Add(instrument.Name[Telemetry.Prefix.Length..]);
                    }
                }
            };
            meters.Start();
            await using var service = await ServiceUnderTest.Start("--Sessions:Programs:2001:Canary=true");
            await Monitored.Traffic(service);
        }

        var listed = Listed().Matches(RepositoryFiles.Read("docs/telemetry.md")).Select(match => match.Groups[1].Value);
        Assert.Equal(published.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    private static int Number(JsonElement place, string name) => place.GetProperty(name).GetInt32();

    private static List<string> Alerts() =>
        [.. Names().Matches(RepositoryFiles.Read(Rules)).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Names();

    [GeneratedRegex(@"^### (Sessions[A-Z]\w+)$", RegexOptions.Multiline)]
    private static partial Regex Titles();

    [GeneratedRegex(@"^\| `([a-z_.]+)` \| (?:counter|histogram|gauge|up-down)", RegexOptions.Multiline)]
    private static partial Regex Listed();
}
