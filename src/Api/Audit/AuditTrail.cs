// Records that a key read something, before it gets to see it: what cannot be recorded is not shown.
using System.Collections.Concurrent;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Audit;

/// <summary>Records what management keys are used for.</summary>
/// <param name="log">The record.</param>
/// <param name="time">When it is.</param>
public sealed class AuditTrail(IAuditLog log, TimeProvider time) : IDisposable
{
    private const int ReadersMax = 1_000;

    // Who reads the same thing again and again, by the hour for which they are recorded.
    private readonly ConcurrentDictionary<(string Key, string? Actor, string What), long> _hours = new();
    private readonly SemaphoreSlim _oneAtATime = new(1);

    /// <summary>Returns when the use is on stable storage; only then may the answer be read and given. A failure is answered 503.</summary>
    /// <param name="http">The request, whose caller it is.</param>
    /// <param name="what">One of <see cref="KeyUses"/>.</param>
    /// <param name="user">Whom the key looks at; null for nobody in particular.</param>
    public Task Record(HttpContext http, string what, UserId? user)
    {
        var caller = http.ManagementCaller();
        return log.Record(new KeyUsed(time.GetUtcNow(), caller.Key, caller.Actor, what, user));
    }

    /// <summary>The same for what is of nobody in particular and is read again and again: once an hour for each key and actor on this
    /// node. It would otherwise fill the record, and the feed with it.</summary>
    /// <param name="http">The request, whose caller it is.</param>
    /// <param name="what">One of <see cref="KeyUses"/>.</param>
    public async Task RecordHourly(HttpContext http, string what)
    {
        var caller = http.ManagementCaller();
        var (reader, hour) = ((caller.Key, caller.Actor, what), time.GetUtcNow().UtcTicks / TimeSpan.TicksPerHour);
        if (IsRecorded())
        {
            return;
        }

        // Who asks at the same moment waits, and finds it recorded.
        await _oneAtATime.WaitAsync(http.RequestAborted);
        try
        {
            if (!IsRecorded())
            {
                await Record(http, what, user: null);
                Remember(reader, hour);
            }
        }
        finally
        {
            _oneAtATime.Release();
        }

        bool IsRecorded() => _hours.TryGetValue(reader, out var recorded) && recorded == hour;
    }

    /// <inheritdoc/>
    public void Dispose() => _oneAtATime.Dispose();

    private void Remember((string Key, string? Actor, string What) reader, long hour)
    {
        if (_hours.Count >= ReadersMax)
        {
            _hours.Clear();
        }

        _hours[reader] = hour;
    }
}
