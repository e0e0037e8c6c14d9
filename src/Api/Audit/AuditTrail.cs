// Records that a key read something, before it gets to see it: what cannot be recorded is not shown.
using System.Collections.Concurrent;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Audit;

/// <summary>Records what management keys are used for.</summary>
/// <param name="log">The record.</param>
/// <param name="time">When it is.</param>
public sealed class AuditTrail(IAuditLog log, TimeProvider time)
{
    private const int ReadersMax = 1_000;

    // Readers of the feed by the hour for which they are recorded.
    private readonly ConcurrentDictionary<(string What, string Key, string? Actor), long> _ofFeed = new();

    /// <summary>Returns when the use is on stable storage; only then may the answer be read and given. A failure is answered 503.</summary>
    /// <param name="http">The request, whose caller it is.</param>
    /// <param name="what">One of <see cref="KeyUses"/>.</param>
    /// <param name="user">Whom the key looks at; null for nobody in particular.</param>
    public Task Record(HttpContext http, string what, UserId? user)
    {
        var caller = http.ManagementCaller();
        return log.Record(new KeyUsed(time.GetUtcNow(), caller.Key, caller.Actor, what, user));
    }

    /// <summary>The same for what is read of all users: once an hour for each key and actor on this node. A service that asks for the next
    /// page every second would otherwise fill the record, and the feed with it.</summary>
    public async Task RecordFeed(HttpContext http, string what)
    {
        var caller = http.ManagementCaller();
        var (reader, hour) = ((what, caller.Key, caller.Actor), time.GetUtcNow().UtcTicks / TimeSpan.TicksPerHour);
        if (_ofFeed.TryGetValue(reader, out var recorded) && recorded == hour)
        {
            return;
        }

        await Record(http, what, user: null);
        if (_ofFeed.Count >= ReadersMax)
        {
            _ofFeed.Clear();
        }

        _ofFeed[reader] = hour;
    }
}
