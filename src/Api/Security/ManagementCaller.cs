// Who asks on the management listener: a key, and the person in whose name it says that it asks.
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Security;

/// <summary>The caller of a route of the management listener.</summary>
/// <param name="Key">The name of the key; <c>key-0</c>, <c>key-1</c>… for one without a name.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="Programs">The programs that it may see and touch; null for all.</param>
/// <param name="Actor">The person for whom the key asks, as the header X-Actor names them: 2 to 32 of <c>A-Z a-z 0-9 . _ -</c>. Null where
/// none is named, or where the key is not one that people use (support, operate, audit).</param>
/// <param name="Withdrawn">Cancelled when the key is withdrawn, or its rights change: what is still open for it must end.</param>
public sealed record ManagementCaller(
    string Key, Roles Roles, FrozenSet<int>? Programs, string? Actor, CancellationToken Withdrawn)
{
    private static readonly UserId Nobody = new($"user-0-{new string('0', 32)}"); // No program has the id 0.

    /// <summary>Whether it may see and touch a program. One that it may not see must be answered as one that does not exist.</summary>
    public bool Sees(int program) => Programs is null || Programs.Contains(program);

    /// <summary>A user as this caller sees it: one of a program that it may not see is nobody, of whom the log has no event.</summary>
    public UserId Seen(UserId user) => Sees(user.Program) ? user : Nobody;

    /// <summary>Whether it has one of these roles.</summary>
    public bool Has(Roles oneOf) => (Roles & oneOf) != Roles.None;

    /// <summary>No name: this text may end in a log.</summary>
    public override string ToString() => "the holder of a management key";
}

/// <summary>Finds the caller of a request.</summary>
public static class ManagementCallers
{
    /// <summary>The caller whom the request gate has let in.</summary>
    /// <exception cref="InvalidOperationException">The route asks for no management key.</exception>
    public static ManagementCaller ManagementCaller(this HttpContext http) => http.Features.Get<ManagementCaller>()
        ?? throw new InvalidOperationException("This route asks for no management key, so it has no such caller.");
}
