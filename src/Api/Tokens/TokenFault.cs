// Why a token was refused: a closed list, for the log. The caller always gets the one same 401.
namespace BankEzy.Sessions.Api.Tokens;

/// <summary>Why a token was refused. The names are log codes, documented in <c>docs/error-codes.md</c>; clients never see them.</summary>
public enum TokenFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary><c>tok_size</c>: longer than <see cref="CompactJwe.TokenMax"/>.</summary>
    Size,

    /// <summary><c>tok_form</c>: not five canonical base64url parts of the right lengths with a JSON header.</summary>
    Form,

    /// <summary><c>tok_alg</c>: anything but <c>dir</c> with <c>A256GCM</c>, signed and unsecured tokens included.</summary>
    Algorithm,

    /// <summary><c>tok_hdr</c>: the protected header has a member that is not taken (see <see cref="JweHeader"/>), or one twice.</summary>
    Header,

    /// <summary><c>tok_auth</c>: no live key of the program opens it.</summary>
    Authenticity,

    /// <summary><c>claims_form</c>: authentic, but the claims are not one strict JSON object.</summary>
    ClaimsForm,

    /// <summary><c>claims_time</c>: expired, not yet valid, living too long, or no point in time at all.</summary>
    ClaimsTime,

    /// <summary><c>claims_missing</c>: a claim that every token must have is absent.</summary>
    ClaimsMissing,

    /// <summary><c>claims_type</c>: a claim has another JSON type or range than it must have.</summary>
    ClaimsType,
}
