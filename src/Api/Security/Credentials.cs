// The caller's headers → who asks, or why not. Step 6 of the order of checks; nothing here reads the body.
using System.Net;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Tokens;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Security;

/// <summary>The holder of an authentic, live login token.</summary>
/// <param name="Program">The program whose key opened the token.</param>
/// <param name="User">The user that the token names.</param>
/// <param name="Account">The user's account number.</param>
/// <param name="UserNumber">USER_ID.</param>
/// <param name="Session">LOGIN_HISTORY_ID.</param>
/// <param name="IssuedAt"><c>iat</c>.</param>
/// <param name="ExpiresAt"><c>exp</c>.</param>
public readonly record struct Caller(
    ProgramEntry Program,
    UserId User,
    string Account,
    ulong UserNumber,
    SessionId Session,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt)
{
    /// <summary>The program alone: the rest points at a person, and this text may end in a log.</summary>
    public override string ToString() => $"caller of program {Program?.Id}";
}

/// <summary>Checks X-API-KEY and X-API-TOKEN.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="options">The longest lifetime of a token.</param>
public sealed class Credentials(ProgramDirectory programs, UserKey users, ApiOptions options)
{
    /// <summary>Opens the caller's login token.</summary>
    /// <param name="http">The request.</param>
    /// <param name="now">When it reached the service.</param>
    /// <param name="caller">The caller, when the answer is <see cref="RefusalCode.None"/>.</param>
    public RefusalCode Check(HttpContext http, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var keys = http.Request.Headers["X-API-KEY"];
        ProgramEntry? named = null;
        if (keys.Count > 1 || (keys.Count == 1 && !programs.TryFind(keys[0] ?? "", out named)))
        {
            return RefusalCode.KeyUnknown;
        }

        var tokens = http.Request.Headers["X-API-TOKEN"];
        if (tokens.Count > 1)
        {
            return RefusalCode.TokenRepeated;
        }

        var token = tokens.Count == 0 ? "" : tokens[0] ?? "";
        if (token.AsSpan().Trim(' ').IsEmpty)
        {
            return RefusalCode.TokenMissing;
        }

        return named is null
            ? CheckWithoutKey(token, http.Connection.RemoteIpAddress, now, out caller)
            : CheckToken(named, token, http.Connection.RemoteIpAddress, now, out caller);
    }

    /// <summary>Opens a login token whose program is known, as another service of the bank presents it: from wherever that service
    /// runs, and without the leeway that a phone gets, because that service reckons with the times in the answer.</summary>
    public RefusalCode CheckPresented(ProgramEntry program, ReadOnlySpan<byte> token, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var fault = TokenReader.Read(program.LoginTokenKeys, token, out var claims);
        fault = fault == TokenFault.None && !TokenTimes.HoldAt(claims, now) ? TokenFault.ClaimsTime : fault;
        return fault == TokenFault.None ? CheckClaims(program, claims, now, out caller) : Refusals.Of(fault);
    }

    /// <summary>
    /// The body's token: any authentic token of the same user. It identifies and does not authorise, so it may have expired.
    /// An app token is issued before the user is known, so a claim that it lacks is no contradiction.
    /// </summary>
    public RefusalCode CheckBodyToken(in Caller caller, ReadOnlySpan<byte> token, DateTimeOffset now)
    {
        if (TokenReader.Read(caller.Program.AppTokenKeys, token, out var claims) != TokenFault.None
            || TokenTimes.Check(claims, now, options.TokenLifetimeMax, mayBeExpired: true) != TokenFault.None
            || claims.Program != caller.Program.Id
            || (claims.Account is { } account && account != caller.Account)
            || (claims.UserNumber is { } number && number != caller.UserNumber))
        {
            return RefusalCode.BodyToken;
        }

        return RefusalCode.None;
    }

    // The contract does not require X-API-KEY, and a token does not say in clear whose it is: the keys of the programs that allow it are
    // tried.
    private RefusalCode CheckWithoutKey(string token, IPAddress? address, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var code = RefusalCode.KeyMissing;
        foreach (var program in programs.WithoutApiKey)
        {
            code = CheckToken(program, token, address, now, out caller);
            if (code != RefusalCode.TokenAuthenticity)
            {
                return code;
            }
        }

        return code;
    }

    private RefusalCode CheckToken(
        ProgramEntry program, ReadOnlySpan<char> token, IPAddress? address, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var fault = TokenReader.Read(program.LoginTokenKeys, token, out var claims);
        if (fault != TokenFault.None)
        {
            return Refusals.Of(fault);
        }

        var code = CheckClaims(program, claims, now, out caller);
        return code == RefusalCode.None && !AllowedIps.Allows(claims.AllowedIps, address) ? RefusalCode.Address : code;
    }

    private RefusalCode CheckClaims(ProgramEntry program, in TokenClaims claims, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        if (claims.Program != program.Id)
        {
            return RefusalCode.Tenant;
        }

        if (claims.Account is not { } account || claims.UserNumber is not { } number || claims.Session is not { } session
            || !users.TryCreate(program.Id, account, out var user))
        {
            return RefusalCode.ClaimsMissing;
        }

        var fault = TokenTimes.Check(claims, now, options.TokenLifetimeMax, mayBeExpired: false);
        if (fault != TokenFault.None)
        {
            return Refusals.Of(fault);
        }

        caller = new Caller(program, user, account, number, session, claims.IssuedAt, claims.ExpiresAt);
        return RefusalCode.None;
    }
}
