// Which roles open which path of the management listener: the one list. A route that is not here stops the start.
using System.Collections.Frozen;

namespace BankEzy.Sessions.Api.Security;

/// <summary>The roles of which a key needs one.</summary>
internal static class RouteRoles
{
    private static readonly FrozenDictionary<string, Roles> Declared = new Dictionary<string, Roles>(StringComparer.Ordinal)
    {
        // The bank's services.
        ["POST /internal/introspect/v1"] = Roles.Introspect,
        ["POST /internal/sessions/v1"] = Roles.Report,
        ["POST /internal/revoke/v1"] = Roles.Report | Roles.Support,
        ["POST /internal/global-token-revocation/v1"] = Roles.Report | Roles.Support,
        ["GET /internal/feed/v1"] = Roles.Support | Roles.Operate | Roles.Audit,
        ["GET /internal/wakes/v1"] = Roles.Report | Roles.Support,
        ["POST /internal/wakes/v1"] = Roles.Report | Roles.Support,
        ["GET /metrics"] = Roles.Metrics,

        // People who help customers.
        ["POST /internal/user/v1"] = Roles.Support | Roles.Audit,
        ["POST /internal/timeline/v1"] = Roles.Support | Roles.Audit,
        ["POST /internal/search/v1"] = Roles.Support | Roles.Audit,
        ["POST /internal/export/v1"] = Roles.Support | Roles.Audit,
        ["POST /internal/sign-out/v1"] = Roles.Support,
        ["POST /internal/lock/v1"] = Roles.Support,
        ["POST /internal/release/v1"] = Roles.Support,

        // Operators.
        ["POST /internal/incidents/v1"] = Roles.Operate,
        ["POST /internal/incidents/v1/preflight"] = Roles.Operate,
        ["POST /internal/incidents/v1/count"] = Roles.Operate,
        ["POST /internal/incidents/v1/run"] = Roles.Operate,
        ["POST /internal/incidents/v1/approve"] = Roles.Operate,
        ["POST /internal/incidents/v1/pause"] = Roles.Operate,
        ["POST /internal/incidents/v1/resume"] = Roles.Operate,
        ["GET /internal/incidents/v1"] = Roles.Support | Roles.Operate | Roles.Audit,
        ["GET /internal/app-versions/v1"] = Roles.Support | Roles.Operate | Roles.Audit,
        ["GET /internal/status/v1"] = Roles.Operate | Roles.Audit,
        ["GET /orleans"] = Roles.Operate,

        // Auditors.
        ["POST /internal/audit/v1"] = Roles.Audit,
        ["GET /internal/log/v1"] = Roles.Audit,

        // Every key may read how the API is used; in Development nobody needs one.
        [$"GET {ApiDocument.Path}"] = Roles.All,
        ["GET /docs"] = Roles.All,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The roles that open a path, of which a key needs one; <see cref="Roles.None"/> where nobody has said them.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">The literal path, or the prefix below which a library has its pages.</param>
    public static Roles Of(string method, string path) => Declared.GetValueOrDefault($"{method} {path}");
}
