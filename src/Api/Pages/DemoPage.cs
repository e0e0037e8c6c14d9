// GET / and /demo on the public listener: three phones of one person and the real service, for who has just started it. Development
// only; elsewhere both paths do not exist.
using System.Globalization;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Pages;

/// <summary>What the demo shows beside the service itself.</summary>
/// <param name="Nodes">Origins of nodes between which a phone may choose; empty for this one alone.</param>
/// <param name="Management">The management listener as a link.</param>
/// <param name="KeyFile">Where the management key of Development is.</param>
/// <param name="Store">Where the log is kept.</param>
public sealed record DemoOptions(IReadOnlyList<string> Nodes, string Management, string KeyFile, string Store);

/// <summary>Serves the demo.</summary>
/// <param name="options">What it shows.</param>
/// <param name="api">Whether the simulator answers, without which it says what is missing.</param>
/// <param name="programs">The program whose app the phones have.</param>
internal sealed class DemoPage(DemoOptions options, ApiOptions api, ProgramDirectory programs)
{
    private static readonly string[] Assets =
    [
        "sessions.css", "icon.svg", "demo.js", "api.js", "breakit.js", "chain.js", "chart.js", "dom.js", "experiments.js", "log.js",
        "measure.js", "phone.js", "phoneview.js", "wire.js",
    ];

    /// <summary>Adds the page, the redirection to it, and its files.</summary>
    public IEnumerable<IEndpointConventionBuilder> Map(IEndpointRouteBuilder routes)
    {
        var program = programs.All[0];
        var values = new Dictionary<string, string>
        {
            ["nodes"] = string.Join(' ', options.Nodes),
            ["management"] = options.Management,
            ["keyFile"] = options.KeyFile,
            ["store"] = options.Store,
            ["program"] = program.Id.ToString(CultureInfo.InvariantCulture),
            ["apiKey"] = program.ApiKeys[0],
            ["simulator"] = api.Simulator ? "on" : "off",
        };
        return
        [
            routes.MapRoot("/demo"),
            routes.MapPage("/demo", "demo.html", values, options.Nodes),
            .. Assets.Select(routes.MapAsset),
        ];
    }
}
