// The caller's headers → who asks, or why not. Implements step 6 of "order of checks" in docs/api.md; nothing here reads the body.
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
    /// <summary>Whether the token may be used from some addresses only (ALLOWED_IPS).</summary>
    public bool IsBoundToAddresses { get; init; }

    /// <summary>The key that opened the token, as <see cref="TokenKeys.IdOf"/> names it.</summary>
    public ulong KeyId { get; init; }

    /// <summary>The program alone: the rest points at a person, and this text may end in a log.</summary>
    public override string ToString() => $"caller of program {Program?.Id}";
}

/// <summary>Checks X-API-KEY and X-API-TOKEN.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="options">The longest lifetime of a token.</param>
/// <param name="forged">Counts forged tokens.</param>
/// <param name="crossOrigin">Lets pages of the caller's program read the answer.</param>
public sealed class Credentials(
    ProgramDirectory programs, UserKey users, ApiOptions options, ForgedTokenLimiter forged, CrossOrigin crossOrigin)
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

        if (named is not null)
        {
            return CheckToken(named, token, http.Connection.RemoteIpAddress, now, out caller);
        }

        var code = CheckWithoutKey(token, http.Connection.RemoteIpAddress, now, out caller);
        if (caller.Program is { } program)
        {
            crossOrigin.Confirm(http, program); // Only the token has said whose request it is.
        }

        return code;
    }

    /// <summary>Opens a login token whose program is known, as another service of the bank presents it: from wherever that service
    /// runs, and without the leeway that a phone gets, because that service reckons with the times in the answer.</summary>
    public RefusalCode CheckPresented(ProgramEntry program, ReadOnlySpan<byte> token, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var fault = TokenReader.Read(program.LoginTokenKeys, token, out var claims);
        return fault == TokenFault.None
            ? CheckClaims(program, claims, now, TokenUse.Introspected, out caller)
            : Refusals.Of(fault);
    }

    /// <summary>
    /// The body's token: any authentic token of the same user. It identifies and does not authorise, so it may have expired.
    /// An app token is issued before the user is known, so a claim that it lacks is no contradiction.
    /// </summary>
    public RefusalCode CheckBodyToken(in Caller caller, ReadOnlySpan<byte> token, DateTimeOffset now)
    {
        if (TokenReader.Read(caller.Program.AppTokenKeys, token, out var claims) != TokenFault.None
            || TokenTimes.Check(claims, now, options.TokenLifetimeMax, TokenUse.Identifies) != TokenFault.None
            || claims.Program != caller.Program.Id
            || (claims.Account is { } account && account != caller.Account)
            || (claims.UserNumber is { } number && number != caller.UserNumber))
        {
            return RefusalCode.BodyToken;
        }

        return RefusalCode.None;
    }

    // The contract does not require X-API-KEY, and a token does not say in clear whose it is: the keys of the programs that allow it are
    // tried, a few of them first (ProgramDirectory.Recent). With many programs, a network that sends forged tokens gets no more than
    // these tries, and what they do not open is not decided: 429, and never a 401 that could be wrong.
    private RefusalCode CheckWithoutKey(string token, IPAddress? address, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var (all, recent) = (programs.WithoutApiKey, programs.Recent);
        if (all.Count == 0)
        {
            return RefusalCode.KeyMissing;
        }

        foreach (var program in recent)
        {
            var code = CheckToken(program, token, address, now, out caller);
            if (code != RefusalCode.TokenAuthenticity)
            {
                return code;
            }
        }

        if (all.Count <= ProgramDirectory.AlwaysTriedMax)
        {
            return RefusalCode.TokenAuthenticity;
        }

        return forged.IsOverLimit(address) ? RefusalCode.Flood : CheckWithOthers(token, address, now, recent, out caller);
    }

    private RefusalCode CheckWithOthers(
        string token, IPAddress? address, DateTimeOffset now, IReadOnlyList<ProgramEntry> tried, out Caller caller)
    {
        caller = default;
        foreach (var program in programs.WithoutApiKey)
        {
            var code = tried.Contains(program) ? RefusalCode.TokenAuthenticity : CheckToken(program, token, address, now, out caller);
            if (code != RefusalCode.TokenAuthenticity)
            {
                programs.Opened(program);
                return code;
            }
        }

        forged.Count(address);
        return RefusalCode.TokenAuthenticity;
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

        var code = CheckClaims(program, claims, now, TokenUse.Authorises, out caller);
        return code == RefusalCode.None && !AllowedIps.Allows(claims.AllowedIps, address) ? RefusalCode.Address : code;
    }

    private RefusalCode CheckClaims(
        ProgramEntry program, in TokenClaims claims, DateTimeOffset now, TokenUse use, out Caller caller)
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

        var fault = TokenTimes.Check(claims, now, options.TokenLifetimeMax, use);
        if (fault != TokenFault.None)
        {
            return Refusals.Of(fault);
        }

        caller = new Caller(program, user, account, number, session, claims.IssuedAt, claims.ExpiresAt)
        {
            IsBoundToAddresses = claims.AllowedIps is not (null or AllowedIps.Everywhere), KeyId = claims.KeyId,
        };
        return RefusalCode.None;
    }
}
