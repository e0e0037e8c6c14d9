// GET / and /console… on the management listener: the support console. Each address is the same page, which asks who is signed in and shows
// what the address names; everything that it knows it gets from the API.
using BankEzy.Sessions.Api.SupportConsole;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Pages;

/// <summary>A route of the console.</summary>
/// <param name="Route">The route.</param>
/// <param name="Prefix">Below which path, where it has parameters.</param>
internal readonly record struct ConsoleRoute(IEndpointConventionBuilder Route, string? Prefix = null);

/// <summary>Serves the console.</summary>
/// <param name="signIn">Signs people in.</param>
internal sealed class ConsolePages(SignInToConsole signIn)
{
    private const string File = "console.html";

    private static readonly string[] Paths =
        ["/console", "/console/sign-in", "/console/live", "/console/incidents", "/console/cluster", "/console/audit"];

    private static readonly string[] Prefixes = ["/console/users", "/console/incidents"];

    private static readonly string[] Assets =
    [
        "sessions.css", "icon.svg", "dom.js", "chain.js", "console/console.css", "console/answer.js", "console/app.js", "console/ask.js",
        "console/audit.js", "console/bar.js", "console/calls.js", "console/cluster.js", "console/details.js", "console/devices.js",
        "console/done.js", "console/export.js", "console/find.js", "console/follow.js", "console/incident.js", "console/incidents.js",
        "console/incidentwords.js", "console/keyboard.js", "console/ledger.js", "console/live.js", "console/lock.js", "console/notices.js",
        "console/plan.js", "console/preflight.js", "console/progress.js", "console/run.js", "console/signin.js", "console/timeline.js",
        "console/times.js", "console/user.js", "console/versionlock.js", "console/words.js",
    ];

    /// <summary>Adds the pages, the redirection to them, their files, and the sign-in.</summary>
    public IEnumerable<ConsoleRoute> Map(IEndpointRouteBuilder routes) =>
    [
        new(routes.MapRoot("/console")),
        .. Paths.Select(path => new ConsoleRoute(routes.MapPage(path, File, new Dictionary<string, string>(), []))),
        .. Prefixes.Select(path => new ConsoleRoute(
            routes.MapPage(path + "/{id}", File, new Dictionary<string, string>(), []), path)),
        .. Assets.Select(file => new ConsoleRoute(routes.MapAsset(file))),
        .. signIn.Map(routes).Select(route => new ConsoleRoute(route)),
    ];
}
