// POST, GET and DELETE /console/session: a person changes a management key for a cookie, and gives it back.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.SupportConsole;

/// <summary>Signs people in to the console and out of it.</summary>
/// <param name="sessions">Who is signed in.</param>
/// <param name="keys">The management keys.</param>
/// <param name="wrongKeys">Counts wrong ones.</param>
/// <param name="programs">The programs that there are.</param>
/// <param name="wording">The reasons and sentences that can be chosen.</param>
/// <param name="audit">Records who signs in.</param>
/// <param name="options">What the pages link to.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The clock.</param>
internal sealed class SignInToConsole(
    ConsoleSessions sessions, ManagementKeys keys, ConsoleKeyLimiter wrongKeys, ProgramDirectory programs, Wording wording,
    IAuditLog audit, ApiOptions options, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Where it is.</summary>
    public const string Path = "/console/session";

    private const int NameMax = 64;

    private static readonly Answer WrongPair = new(401, "Name or key is wrong.");
    private static readonly Answer TooMany = new(429, "Too many attempts. Try again in 60 seconds.");
    private static readonly Answer NotForPeople =
        new(403, $"This key does not open the console. It needs the role {RoleNames.TextOf(ManagementAccess.ForPeople, "or")}.");

    private static readonly Answer OverHttps = new(403, "Open the console over HTTPS.");

    private static readonly Answer OtherSite =
        new(403, $"This call needs the header {ConsoleCookie.Header}: {ConsoleCookie.ByPerson}, from a page of the console itself.");

    /// <summary>Adds the routes.</summary>
    public IEnumerable<IEndpointConventionBuilder> Map(IEndpointRouteBuilder routes) =>
    [
        routes.MapPost(Path, (Delegate)SignIn).ExcludeFromDescription(),
        routes.MapGet(Path, (Delegate)Show).ExcludeFromDescription(),
        routes.MapDelete(Path, (Delegate)SignOut).ExcludeFromDescription(),
    ];

    private Task SignIn(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        if (!ConsoleCookie.IsFromConsole(http.Request))
        {
            refuse.With(http, RefusalCode.CrossSite, startedAt, OtherSite);
            return Task.CompletedTask;
        }

        if (!ConsoleCookie.IsPossible(http.Request))
        {
            refuse.With(http, RefusalCode.CrossSite, startedAt, OverHttps);
            return Task.CompletedTask;
        }

        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var (name, key, actor) = (Text(body, "name", NameMax), Text(body, "key", ManagementKeys.KeyMax), Text(body, "actor", NameMax));
            if (!ManagementAccess.IsActor(actor))
            {
                throw new FieldException("Your name or staff number must be 2 to 32 of A-Z a-z 0-9 . _ -");
            }

            if (keys.Find(name, key) is not { } found)
            {
                RefuseKey(http, startedAt);
            }
            else if (!found.Caller.Has(ManagementAccess.ForPeople))
            {
                refuse.With(http, RefusalCode.Role, startedAt, NotForPeople);
            }
            else
            {
                await Open(http, found.Key, found.Caller, actor);
            }
        });
    }

    private async Task Open(HttpContext http, ManagementKey key, ManagementCaller caller, string actor)
    {
        await audit.Record(new KeyUsed(time.GetUtcNow(), key.Name, actor, KeyUses.ConsoleSignIn, User: null));
        if (ConsoleSessions.PersonOf(http) is { } before)
        {
            await sessions.End(before);
        }

        var (person, secret) = await sessions.Begin(key, caller, actor);
        ConsoleCookie.Set(http, secret);
        Write(http, person);
    }

    private Task Show(HttpContext http)
    {
        if (ConsoleSessions.PersonOf(http) is { } person)
        {
            Write(http, person);
        }
        else
        {
            http.Response.StatusCode = StatusCodes.Status204NoContent;
            if (ConsoleCookie.IsThere(http.Request))
            {
                ConsoleCookie.Remove(http);
            }
        }

        http.Response.Headers.CacheControl = "no-store";
        return Task.CompletedTask;
    }

    private async Task SignOut(HttpContext http)
    {
        if (!ConsoleCookie.IsFromConsole(http.Request))
        {
            refuse.With(http, RefusalCode.CrossSite, time.GetTimestamp(), OtherSite);
            return;
        }

        if (ConsoleSessions.PersonOf(http) is { } person)
        {
            var (key, actor) = (person.Caller.Key, person.Caller.Actor);
            await sessions.End(person);
            await audit.Record(new KeyUsed(time.GetUtcNow(), key, actor, KeyUses.ConsoleSignOut, User: null));
        }

        ConsoleCookie.Remove(http);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private void RefuseKey(HttpContext http, long startedAt)
    {
        var from = http.Connection.RemoteIpAddress;
        var isTooMany = wrongKeys.IsOverLimit(from);
        wrongKeys.Count(from);
        RequestTelemetry.KeyFailed();
        refuse.With(
            http, isTooMany ? RefusalCode.Flood : RefusalCode.ManagementKey, startedAt, isTooMany ? TooMany : WrongPair);
    }

    private void Write(HttpContext http, SignedInPerson person)
    {
        var caller = person.Caller;
        var answer = new ConsoleAnswer(
            caller.Key, caller.Actor!, RoleNames.ListOf(caller.Roles),
            [.. programs.All.Select(program => program.Id).Where(caller.Sees).Order()],
            [.. wording.Reasons],
            [.. wording.Sentences.Select(code => new SentenceChoice(code, wording.TextOf(code, Language(http)) ?? code))],
            person.EndsAt.UtcDateTime, time.GetUtcNow().UtcDateTime, options.GrafanaUrl);
        PlainJson.Write(http.Response, 200, answer, ApiJson.Plain.ConsoleAnswer);
    }

    private static string Language(HttpContext http) => http.Request.Headers.AcceptLanguage.ToString();

    private static string Text(JsonElement body, string name, int max) =>
        body.TryGetProperty(name, out var value) && Fields.TextOf(value) is { Length: > 0 } text && text.Length <= max
            ? text
            : throw new FieldException($"{name} is mandatory: a text of at most {max} characters");
}

/// <summary>Who is signed in to the console, and what the pages need to know.</summary>
/// <param name="Key">The name of the key.</param>
/// <param name="Actor">The person.</param>
/// <param name="Roles">What the key may do.</param>
/// <param name="Programs">The programs that it may see.</param>
/// <param name="Reasons">The reasons that may be chosen.</param>
/// <param name="Sentences">The sentences for the person that may be chosen.</param>
/// <param name="EndsAt">When the console's session ends where nothing is done.</param>
/// <param name="Now">The service's time.</param>
/// <param name="GrafanaUrl">Where the charts are.</param>
public sealed record ConsoleAnswer(
    string Key, string Actor, IReadOnlyList<string> Roles, IReadOnlyList<int> Programs, IReadOnlyList<string> Reasons,
    IReadOnlyList<SentenceChoice> Sentences, DateTime EndsAt, DateTime Now, string? GrafanaUrl = null);

/// <summary>A sentence for the person.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Text">Its text.</param>
public sealed record SentenceChoice(string Code, string Text);

/// <summary>Counts wrong keys at the console's sign-in: five a minute from one network.</summary>
/// <param name="time">The clock of the minutes.</param>
internal sealed class ConsoleKeyLimiter(TimeProvider time) : FailureLimiter(AttemptsPerMinute, time)
{
    private const int AttemptsPerMinute = 5;
}
