// What the gate asks of the caller of a management route: a key, one of the route's roles, and where a person is named, a proper name.
using System.Buffers;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.SupportConsole;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Security;

/// <summary>Lets a caller in, or says why not.</summary>
/// <param name="keys">The keys.</param>
/// <param name="wrongKeys">Counts wrong ones.</param>
public sealed class ManagementAccess(ManagementKeys keys, WrongKeyLimiter wrongKeys)
{
    /// <summary>The header in which a key names the person for whom it asks.</summary>
    public const string ActorHeader = "X-Actor";

    private const int ActorMin = 2;
    private const int ActorMax = 32;
    /// <summary>The roles of keys that people use: with one of them a key may name its person, and open the console.</summary>
    internal const Roles ForPeople = Roles.Support | Roles.Operate | Roles.Audit;


    private static readonly SearchValues<char> ActorLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private static readonly StringValues Schemes =
        new(["Bearer realm=\"management\"", "Basic realm=\"management\", charset=\"UTF-8\""]);

    private static readonly StringValues ForScripts = new(["Bearer realm=\"management\""]);

    private static readonly Answer[] LackOfRole =
        [.. Enumerable.Range(0, (int)Roles.All + 1).Select(roles => new Answer(
            StatusCodes.Status403Forbidden,
            $"Your key may not do this. It needs the role {RoleNames.TextOf((Roles)roles, "or")}."))];

    /// <summary>Whether a text can be the name of an actor.</summary>
    public static bool IsActor(string text) =>
        text.Length is >= ActorMin and <= ActorMax && !text.AsSpan().ContainsAnyExcept(ActorLetters);

    /// <summary>Checks a request, and leaves its caller where <see cref="ManagementCallers"/> finds it.</summary>
    /// <param name="http">The request.</param>
    /// <param name="policy">What the route asks.</param>
    /// <param name="answer">An answer that says more than that of the code.</param>
    public RefusalCode Check(HttpContext http, RoutePolicy policy, out Answer? answer)
    {
        answer = null;
        if (ConsoleSessions.PersonOf(http) is { } person)
        {
            return CheckPerson(http, person.Caller, policy, out answer);
        }

        if (ConsoleCookie.BringsPassword(http.Request) || keys.Find(http.Request, out var isPassword) is not { } caller)
        {
            return RefuseKey(http);
        }

        if (!caller.Has(policy.Roles))
        {
            answer = LackOfRole[(int)policy.Roles];
            return RefusalCode.Role;
        }

        if (isPassword && !IsRead(http.Request) && IsFromAnotherSite(http.Request))
        {
            return RefusalCode.CrossSite;
        }

        var actor = http.Request.Headers[ActorHeader];
        if (actor.Count > 0 && (actor.Count > 1 || !IsActor(actor[0] ?? "")))
        {
            return RefusalCode.Actor;
        }

        http.Features.Set(actor.Count > 0 && caller.Has(ForPeople) ? caller with { Actor = actor[0] } : caller);
        return RefusalCode.None;
    }

    // A cookie is sent by the browser itself, so a call that may change something, or asks with a body, must come from the console's pages.
    private static RefusalCode CheckPerson(HttpContext http, ManagementCaller caller, RoutePolicy policy, out Answer? answer)
    {
        answer = caller.Has(policy.Roles) ? null : LackOfRole[(int)policy.Roles];
        if (answer is not null)
        {
            return RefusalCode.Role;
        }

        if (IsRead(http.Request) ? !ConsoleCookie.IsFromThisSite(http.Request) : !ConsoleCookie.IsFromConsole(http.Request))
        {
            return RefusalCode.CrossSite;
        }

        http.Features.Set(caller);
        return RefusalCode.None;
    }

    // A request without a key is no guess. A right key always passes, whatever else its network sends.
    private RefusalCode RefuseKey(HttpContext http)
    {
        if (http.Request.Headers.Authorization.Count > 0 && !ConsoleCookie.BringsPassword(http.Request))
        {
            if (wrongKeys.IsOverLimit(http.Connection.RemoteIpAddress))
            {
                return RefusalCode.Flood;
            }

            RequestTelemetry.KeyFailed();
            wrongKeys.Count(http.Connection.RemoteIpAddress);
        }

        http.Response.Headers[HeaderNames.WWWAuthenticate] = IsOfScript(http.Request) ? ForScripts : Schemes;
        return RefusalCode.ManagementKey;
    }

    // A browser would ask the person for a password behind the back of the page that called.
    private static bool IsOfScript(HttpRequest request) =>
        request.Headers.ContainsKey(ConsoleCookie.Header) || request.Headers["Sec-Fetch-Dest"] is ["empty"];

    private static bool IsRead(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method);

    // A browser repeats a password to whatever page of another site asks it to send a form here; and it says so in these headers. No other
    // client sends them.
    private static bool IsFromAnotherSite(HttpRequest request)
    {
        var origin = request.Headers.Origin;
        return !ConsoleCookie.IsFromThisSite(request)
            || (origin.Count > 0 && !(origin is [{ } text] && Uri.TryCreate(text, UriKind.Absolute, out var from)
                && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)));
    }
}
