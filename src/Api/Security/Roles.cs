// What a management key may do. A key has one or several roles; a route of the management listener names those that open it.
using System.Collections.Frozen;

namespace BankEzy.Sessions.Api.Security;

/// <summary>The roles of management keys.</summary>
[Flags]
public enum Roles
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Asks whether a session is alive. For the bank's other services.</summary>
    Introspect = 1,

    /// <summary>Reports sign-ins and ends of sessions. For the login service.</summary>
    Report = 2,

    /// <summary>Finds users, shows what happened to them, signs them out and locks them. For people who help customers.</summary>
    Support = 4,

    /// <summary>Runs the service, and incidents. For its operators.</summary>
    Operate = 8,

    /// <summary>Reads everything, who read what included, and changes nothing.</summary>
    Audit = 16,

    /// <summary>Reads the metrics. For what scrapes them.</summary>
    Metrics = 32,

    /// <summary>Every role.</summary>
    All = Introspect | Report | Support | Operate | Audit | Metrics,
}

/// <summary>Roles as text.</summary>
public static class RoleNames
{
    private static readonly (string Name, Roles Role)[] Names =
    [
        ("introspect", Roles.Introspect), ("report", Roles.Report), ("support", Roles.Support), ("operate", Roles.Operate),
        ("audit", Roles.Audit), ("metrics", Roles.Metrics),
    ];

    private static readonly FrozenDictionary<string, Roles> ByName =
        Names.ToFrozenDictionary(pair => pair.Name, pair => pair.Role, StringComparer.Ordinal);

    /// <summary>The role of a name, in lower case.</summary>
    public static bool TryParse(string name, out Roles role) => ByName.TryGetValue(name, out role);

    /// <summary>The names of all these roles.</summary>
    public static IReadOnlyList<string> ListOf(Roles roles) => [.. Names.Where(pair => roles.HasFlag(pair.Role)).Select(pair => pair.Name)];

    /// <summary>The names of all these roles, such as <c>support or audit</c>.</summary>
    /// <param name="roles">The roles.</param>
    /// <param name="last">The word before the last one.</param>
    public static string TextOf(Roles roles, string last)
    {
        var names = Names.Where(pair => roles.HasFlag(pair.Role)).Select(pair => pair.Name).ToList();
        return names.Count < 2 ? string.Concat(names) : $"{string.Join(", ", names[..^1])} {last} {names[^1]}";
    }
}
