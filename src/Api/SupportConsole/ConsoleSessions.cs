// Whose cookie a request brings. The log decides: a sign-in that was not looked at within the last second is asked for again, so that
// leaving the console on one node ends it on every other.
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.SupportConsole;

/// <summary>A person who is signed in to the console.</summary>
/// <param name="Id">The id of the sign-in.</param>
/// <param name="Session">What the log has of it.</param>
/// <param name="Caller">What the person may do: as much as the key may now.</param>
/// <param name="EndsAt">When it ends where nothing is done.</param>
internal sealed record SignedInPerson(string Id, ConsoleSession Session, ManagementCaller Caller, DateTimeOffset EndsAt);

/// <summary>Recognises cookies, opens sign-ins and ends them.</summary>
/// <param name="log">The record.</param>
/// <param name="keys">The management keys.</param>
/// <param name="users">Marks keys.</param>
/// <param name="options">Whether there is a console.</param>
/// <param name="time">The clock.</param>
public sealed class ConsoleSessions(IConsoleLog log, ManagementKeys keys, UserKey users, ApiOptions options, TimeProvider time)
{
    private const int KnownMax = 10_000;
    private const int MarkBytes = 8;
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RecordedEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan StreamMax = TimeSpan.FromMinutes(1); // then it connects again, and is asked for its cookie

    private readonly byte[] _markKey = users.Derive("console keys");
    private readonly ConcurrentDictionary<string, Known> _known = new();

    private sealed record Known(ConsoleSession Session, long AskedAt, DateTimeOffset UsedAt, CancellationTokenSource Ended);

    /// <summary>Finds who is signed in with the cookie of a request of the management listener, and leaves them where
    /// <see cref="PersonOf"/> finds them. A request that a person caused counts as a use.</summary>
    /// <param name="http">The request.</param>
    /// <exception cref="Exception">The log cannot be asked: the answer is 503.</exception>
    public async ValueTask Recognise(HttpContext http)
    {
        var request = http.Request;
        if (!options.Console || !IsForPeople(request) || ConsoleCookie.IdOf(request) is not { } id
            || await Look(id, http.RequestAborted) is not { } known)
        {
            return;
        }

        var now = time.GetUtcNow();
        if (!known.Session.IsOpen(known.UsedAt, now) || CallerOf(known.Session) is not { } caller)
        {
            return;
        }

        if (request.Headers[ConsoleCookie.Header] is [ConsoleCookie.ByPerson] && ConsoleCookie.IsFromConsole(request))
        {
            known = await Use(id, known, now);
        }

        if (known.Session.HasEnded)
        {
            return;
        }

        var actor = caller with { Actor = known.Session.Actor, Withdrawn = StreamEnd(http, caller, known) };
        http.Features.Set(new SignedInPerson(id, known.Session, actor, known.Session.IdleEnd(known.UsedAt)));
    }

    /// <summary>Opens a sign-in: the cookie's secret, which nobody else has.</summary>
    internal async Task<(SignedInPerson Person, string Secret)> Begin(ManagementKey key, ManagementCaller caller, string actor)
    {
        var (id, secret) = ConsoleCookie.New();
        var now = time.GetUtcNow();
        var session = await log.Begin(id, key.Name, MarkOf(key), actor, now);
        Remember(id, session, now);
        return (new SignedInPerson(id, session, caller with { Actor = actor }, session.IdleEnd(now)), secret);
    }

    /// <summary>Ends a sign-in, on every node.</summary>
    internal async Task End(SignedInPerson person)
    {
        var ended = await log.End(person.Id, person.Session, time.GetUtcNow());
        if (_known.TryGetValue(person.Id, out var known))
        {
            _known[person.Id] = known with { Session = ended };
            await known.Ended.CancelAsync();
        }
    }

    /// <summary>Who is signed in with the request's cookie; null for nobody.</summary>
    internal static SignedInPerson? PersonOf(HttpContext http) => http.Features.Get<SignedInPerson>();

    // A key that is sent wins. Probes, the pages and their files need nobody, and must not wait for the log.
    private static bool IsForPeople(HttpRequest request) => request.Headers.Cookie.Count > 0
        && (request.Headers.Authorization.Count == 0 || ConsoleCookie.BringsPassword(request))
        && !request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
        && !request.Path.StartsWithSegments("/assets", StringComparison.Ordinal)
        && (request.Path == SignInToConsole.Path || !request.Path.StartsWithSegments("/console", StringComparison.Ordinal));

    private async ValueTask<Known?> Look(string id, CancellationToken cancellation)
    {
        if (_known.TryGetValue(id, out var known)
            && (known.Session.HasEnded || time.GetElapsedTime(known.AskedAt) < Fresh))
        {
            return known;
        }

        var asked = time.GetTimestamp();
        var session = await log.Find(id, known?.Session, cancellation);
        if (session is null)
        {
            return null;
        }

        known = known is null ? Remember(id, session, session.UsedAt) : known with { Session = session, AskedAt = asked };
        _known[id] = known;
        if (session.HasEnded)
        {
            await known.Ended.CancelAsync();
        }

        return known;
    }

    private async ValueTask<Known> Use(string id, Known known, DateTimeOffset now)
    {
        var session = now - known.Session.UsedAt >= RecordedEvery ? await TryRecordUse(id, known.Session, now) : known.Session;
        return _known[id] = known with { Session = session, UsedAt = now };
    }

    // While the log cannot be written, an operator must see why: the use counts on this node alone. What needs a record fails by itself.
    private async Task<ConsoleSession> TryRecordUse(string id, ConsoleSession session, DateTimeOffset now)
    {
        try
        {
            return await log.Use(id, session, now);
        }
        catch (Exception e) when (e is not InvalidDataException)
        {
            return session;
        }
    }

    private Known Remember(string id, ConsoleSession session, DateTimeOffset usedAt)
    {
        if (_known.Count >= KnownMax)
        {
            _known.Clear();
        }

        return _known[id] = new Known(session, time.GetTimestamp(), usedAt, new CancellationTokenSource());
    }

    private ManagementCaller? CallerOf(ConsoleSession session) =>
        keys.CallerOf(key => key.Name == session.Key && MarkOf(key) == session.KeyMark);

    private string MarkOf(ManagementKey key) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_markKey, Encoding.ASCII.GetBytes(key.Digest)).AsSpan(0, MarkBytes));

    private CancellationToken StreamEnd(HttpContext http, ManagementCaller caller, Known known)
    {
        // Its own timer: one of ours could still fire while the request ends, and cancel what has been disposed.
        var late = new CancellationTokenSource(StreamMax, time);
        var end = CancellationTokenSource.CreateLinkedTokenSource(caller.Withdrawn, known.Ended.Token, late.Token);
        http.Response.RegisterForDispose(end);
        http.Response.RegisterForDispose(late);
        return end.Token;
    }
}
