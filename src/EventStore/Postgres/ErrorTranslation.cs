// What a failure means. The driver's own "transient" flag is not asked: it also covers a commit that may have happened.
using System.Collections.Frozen;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Reads failures of the server and of the connection to it.</summary>
internal static class ErrorTranslation
{
    // Serialization and deadlock, a lock that was not given, another state than needed, starting up, a disk that cannot be read.
    private static readonly FrozenSet<string> RolledBack =
        new[] { "40001", "40P01", "40000", "55000", "55006", "55P03", "57P03", "58000", "58030", "25006" }.ToFrozenSet();

    // Classes: too little room or memory; and what would fail again: data, constraints, rights and names, limits, the function's own.
    private static readonly FrozenSet<string> RolledBackClasses = new[] { "53", "22", "23", "42", "54", "P0" }.ToFrozenSet();

    private static readonly FrozenSet<string> CausedByContent = new[] { "22", "23", "54" }.ToFrozenSet();

    /// <summary>True only where the server itself said that nothing of the statement was kept.</summary>
    public static bool IsSurelyRolledBack(Exception failure) =>
        failure is PostgresException { SqlState: { Length: 5 } state, Severity: "ERROR" or "FATAL" }
        && (RolledBack.Contains(state) || RolledBackClasses.Contains(state[..2]));

    /// <summary>True where one append's content may be why its whole batch was refused.</summary>
    public static bool IsCausedByContent(Exception failure) =>
        failure is PostgresException { SqlState: { Length: 5 } state } && CausedByContent.Contains(state[..2]);

    /// <summary>True where the server is away, starting up or full for the moment, so that a start may wait for it.</summary>
    public static bool MayPass(StoreUnavailableException failure) => failure.InnerException switch
    {
        PostgresException { SqlState: { Length: 5 } state } => RolledBack.Contains(state) || state[..2] is "53" or "57",
        NpgsqlException or TimeoutException => true,
        _ => false,
    };

    /// <summary>The failure in words for the operator, without secrets and without stored values.</summary>
    public static StoreUnavailableException Explain(Exception failure, string server) => failure switch
    {
        StoreUnavailableException explained => explained,
        PostgresException refusal => new StoreUnavailableException(
            $"PostgreSQL at {server} refused ({refusal.SqlState}: {refusal.MessageText}). {Advice(refusal.SqlState)}", failure),
        TimeoutException or NpgsqlException { InnerException: TimeoutException } => new StoreUnavailableException(
            $"PostgreSQL at {server} did not answer in time, or all connections to it are in use. Ask again in a moment.", failure),
        _ => new StoreUnavailableException(
            $"PostgreSQL at {server} cannot be reached ({(failure.InnerException ?? failure).Message}). "
            + "Check that it runs; the service connects again by itself.",
            failure),
    };

    private static string Advice(string state) => state[..2] switch
    {
        "28" => "Check the user and the password in ConnectionStrings__Sessions.",
        "3D" => "Create the database, or correct its name in ConnectionStrings__Sessions.",
        "42" => "Check the tables and the rights of the role: ConnectionStrings__SessionsMigrations names the role that makes both.",
        "53" => "The server has too little room, memory or connections: give it more.",
        "25" => "The server is a standby: name both hosts in ConnectionStrings__Sessions, with Target Session Attributes=primary.",
        _ => "Ask again in a moment.",
    };
}
