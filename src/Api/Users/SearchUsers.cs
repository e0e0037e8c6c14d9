// POST /internal/search/v1: which users an account, a session or a device belongs to. A POST, because none of them belongs in a URL.
using System.Globalization;
using System.Text.Json;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Finds users.</summary>
/// <param name="feed">The log, with its index.</param>
/// <param name="grains">Knows which device a session is on.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="keys">Makes the index's keys.</param>
/// <param name="programs">The programs in which an account is looked for.</param>
/// <param name="audit">Records who searches.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
internal sealed class SearchUsers(
    IFeed feed, UserGrains grains, UserKey users, SearchKeys keys, ProgramDirectory programs, AuditTrail audit,
    RefusalWriter refuse, TimeProvider time)
{
    private const int FoundMax = 20;

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/search/v1", (Delegate)Handle)
        .WithName("search")
        .WithSummary("The users of an account, a session or a device: at most 20")
        .WithDescription("One of account, sessionId and deviceId. Without program, all programs. "
            + "Users are found that the log has an event of.")
        .Accepts<SearchRequest>("application/json", "text/plain")
        .Produces<FoundUsers>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        int? program = body.TryGetProperty("program", out _) ? Fields.Program(body) : null;
        string[] named = [.. ((string[])["account", "sessionId", "deviceId"]).Where(name => body.TryGetProperty(name, out _))];
        if (named.Length != 1)
        {
            throw new FieldException("One of account, sessionId and deviceId is mandatory, and one alone");
        }

        await audit.Record(http, KeyUses.Search, user: null);
        var found = new List<UserId>();
        var (matched, label) = ("", (Func<UserId, ValueTask<string?>>)(static _ => new((string?)null)));
        foreach (var one in Within(program, http.ManagementCaller()))
        {
            (var some, matched, label) = await Find(body, named[0], one, http.RequestAborted);
            found.AddRange(some);
        }

        var described = await Task.WhenAll(found.Select(user => Describe(user, matched, label, http.RequestAborted)));
        FoundUser[] known = [.. described.OfType<FoundUser>()];
        PlainJson.Write(
            http.Response, 200, new FoundUsers([.. known.Take(FoundMax)], More: known.Length > FoundMax), ApiJson.Plain.FoundUsers);
    });

    // The programs to search; null for all at once.
    private static IEnumerable<int?> Within(int? program, ManagementCaller caller) =>
        program is { } one ? caller.Sees(one) ? [one] : []
        : caller.Programs is { } own ? own.Order().Select(static id => (int?)id)
        : [null];

    private async ValueTask<(IReadOnlyList<UserId> Users, string Matched, Func<UserId, ValueTask<string?>> Label)> Find(
        JsonElement body, string by, int? program, CancellationToken cancellation)
    {
        switch (by)
        {
            case "account":
                return (WithAccount(Fields.Account(body), program), "account", static _ => new((string?)null));
            case "sessionId":
                var session = Fields.Session(body, "sessionId");
                return (await Indexed(keys.Of(session), program, cancellation), "session", user => LabelOf(user, session));
            default:
                var device = Fields.Device(body);
                return (await Indexed(keys.Of(device), program, cancellation), "device", _ => new(device.LabelText));
        }
    }

    // A lookup: an account's user has a known name in each program. Whether the log has it shows when it is described.
    private List<UserId> WithAccount(string account, int? program)
    {
        var found = new List<UserId>();
        foreach (var id in program is { } one ? [one] : programs.All.Select(entry => entry.Id).Order().ToList())
        {
            if (users.TryCreate(id, account, out var user))
            {
                found.Add(user);
            }
        }

        return found;
    }

    private async ValueTask<IReadOnlyList<UserId>> Indexed(IndexKey key, int? program, CancellationToken cancellation)
    {
        var prefix = program is { } id ? string.Create(CultureInfo.InvariantCulture, $"{UserId.Prefix}{id}-") : UserId.Prefix;
        var streams = await feed.FindStreams(key, prefix, FoundMax + 1, cancellation);
        return [.. streams.Select(stream => new UserId(stream))];
    }

    // Null where the log has no event of the user.
    private async Task<FoundUser?> Describe(
        UserId user, string matched, Func<UserId, ValueTask<string?>> label, CancellationToken cancellation)
    {
        var first = await feed.ReadCheckedStream(user.Stream, 0, 1, cancellation);
        return first.Count == 0
            ? null
            : new FoundUser(user.Reference, user.Program, Accounts.Ending(Accounts.Of(first[0])), matched, await label(user));
    }

    // Absent for a session that ended so long ago that the user's state has forgotten it.
    private async ValueTask<string?> LabelOf(UserId user, SessionId session)
    {
        var details = await grains.Find(user).Show(time.GetUtcNow());
        return details.Devices.FirstOrDefault(device => device.Sessions.Any(live => live.Session == session)
            || device.Ended.Any(ended => ended.Session == session))?.Device.LabelText;
    }
}

/// <summary>Whom to find.</summary>
/// <param name="Program">PROGRAM_ID; absent for all.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="SessionId">LOGIN_HISTORY_ID.</param>
/// <param name="DeviceId">The device's unique id.</param>
public sealed record SearchRequest(int? Program = null, string? Account = null, Guid? SessionId = null, string? DeviceId = null);

/// <summary>The users who were found.</summary>
/// <param name="Users">At most 20.</param>
/// <param name="More">Whether there are more: name a program.</param>
public sealed record FoundUsers(IReadOnlyList<FoundUser> Users, bool More);

/// <summary>A user who was found.</summary>
/// <param name="User">The user, as other calls take it.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Ending">What the account number ends with: its last four digits, but never more than half of them.</param>
/// <param name="Matched">account, session or device.</param>
/// <param name="Label">The label of the device that was asked for, or on which the session is or was; absent where that is not known any
/// more.</param>
public sealed record FoundUser(string User, int Program, string Ending, string Matched, string? Label = null);
