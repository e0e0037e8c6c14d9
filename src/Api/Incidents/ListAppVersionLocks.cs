// GET /internal/app-versions/v1: which versions of the app nobody signs in with now.
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Incidents;

/// <summary>Lists the locks of versions of the app.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="gates">The programs' gates.</param>
/// <param name="audit">Records which key looked.</param>
/// <param name="time">The API's clock.</param>
public sealed class ListAppVersionLocks(ProgramDirectory programs, IGates gates, AuditTrail audit, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/internal/app-versions/v1", (Delegate)List)
        .WithName("app-version-locks")
        .WithSummary("Versions of the app with which nobody signs in now, oldest lock first")
        .Produces<AppVersionLockList>(200);

    private async Task List(HttpContext http)
    {
        await audit.RecordHourly(http, KeyUses.Incidents);
        var (now, locks) = (time.GetUtcNow(), new List<LockedAppVersion>());
        foreach (var program in programs.All.Where(program => http.ManagementCaller().Sees(program.Id)))
        {
            var held = (await gates.View(program.Id)).Locks.Where(one => one.HoldsAt(now));
            locks.AddRange(held.Select(one => new LockedAppVersion(
                program.Id, one.AppVersion, one.At.UtcDateTime, one.Until?.UtcDateTime, one.Cause.Key, one.Cause.Actor, one.Cause.Reason,
                one.Cause.Ticket, one.Cause.Sentence)));
        }

        PlainJson.Write(
            http.Response, 200, new AppVersionLockList([.. locks.OrderBy(one => one.At)]), ApiJson.Plain.AppVersionLockList);
    }
}

/// <summary>The locks that hold now.</summary>
/// <param name="Locks">Each version once, oldest lock first.</param>
public sealed record AppVersionLockList(IReadOnlyList<LockedAppVersion> Locks);

/// <summary>A version of the app that is locked.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="AppVersion">The version, as the login service reports it.</param>
/// <param name="At">Since when.</param>
/// <param name="Until">When the lock ends by itself; not before it is released when absent.</param>
/// <param name="Key">The name of the management key that locked it.</param>
/// <param name="Actor">Who used the key.</param>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="Ticket">A reference into another system.</param>
/// <param name="Sentence">The code of the sentence that the person reads.</param>
public sealed record LockedAppVersion(
    int Program, string AppVersion, DateTime At, DateTime? Until = null, string? Key = null, string? Actor = null, string? Reason = null,
    string? Ticket = null, string? Sentence = null);
