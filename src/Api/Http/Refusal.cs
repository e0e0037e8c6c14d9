// Why a request was refused: a closed list of codes for the log, each with the one answer that its caller gets.
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Api.Http;

/// <summary>A refusal's code in the log. Callers see only its answer.</summary>
public enum RefusalCode
{
    /// <summary>Not refused.</summary>
    None,

    /// <summary>No X-API-KEY where the program requires one.</summary>
    KeyMissing,

    /// <summary>An X-API-KEY that no program has, or several.</summary>
    KeyUnknown,

    /// <summary>No X-API-TOKEN.</summary>
    TokenMissing,

    /// <summary>Several X-API-TOKEN headers.</summary>
    TokenRepeated,

    /// <summary>A token of more than 8,192 characters.</summary>
    TokenSize,

    /// <summary>Not a compact JWE (RFC 7516, section 7.1).</summary>
    TokenForm,

    /// <summary>Another algorithm than <c>dir</c> with <c>A256GCM</c>.</summary>
    TokenAlgorithm,

    /// <summary>A header member that the contract's tokens do not have.</summary>
    TokenHeader,

    /// <summary>No key of the program opens it: forged, damaged, or made with another key.</summary>
    TokenAuthenticity,

    /// <summary>The claims are not a strict JSON object.</summary>
    ClaimsForm,

    /// <summary>Expired, not yet valid, or living too long.</summary>
    ClaimsTime,

    /// <summary>A required claim is missing.</summary>
    ClaimsMissing,

    /// <summary>A claim of the wrong type or range.</summary>
    ClaimsType,

    /// <summary>A token of another program.</summary>
    Tenant,

    /// <summary>The caller's address is not in ALLOWED_IPS.</summary>
    Address,

    /// <summary>Not a ticket of ours, or one that has ended.</summary>
    Ticket,

    /// <summary>The token's session has ended.</summary>
    Revoked,

    /// <summary>The body's token is not an authentic token of the same user.</summary>
    BodyToken,

    /// <summary>The session is known to live on another device.</summary>
    Device,

    /// <summary>Simulator: X-ACCOUNT-NUMBER is missing, or is not the token's.</summary>
    Account,

    /// <summary>Simulator: the PIN is wrong.</summary>
    Pin,

    /// <summary>No management key, or another than the configured ones.</summary>
    ManagementKey,

    /// <summary>The management key has none of the roles that the route needs; the answer names them.</summary>
    Role,

    /// <summary>A browser sent a management key as a password because a page of another site asked for it.</summary>
    CrossSite,

    /// <summary>X-Actor is not the name of an actor, or is there more than once.</summary>
    Actor,

    /// <summary>The body is not a JSON object in UTF-8, or has a member twice.</summary>
    BodyForm,

    /// <summary>signOutMode is not 1 or 2.</summary>
    BodyMode,

    /// <summary>deviceId is missing, longer than 200 characters, or has control characters.</summary>
    BodyDevice,

    /// <summary>token is missing from the body.</summary>
    BodyTokenMissing,

    /// <summary>version is missing from the body, or is not a number above 0.</summary>
    BodyVersion,

    /// <summary>A member of a management or simulator request is missing, or is not what it should be; the answer names it.</summary>
    BodyField,

    /// <summary>A field of a query or form is missing, or is not what it should be; the answer names it.</summary>
    QueryField,

    /// <summary>A reported session id is known with another device, mode or a later expiry.</summary>
    SessionIdReused,

    /// <summary>The reported session has ended.</summary>
    SessionEnded,

    /// <summary>Device-based sign-in is off on the device.</summary>
    DeviceSignInOff,

    /// <summary>The step is not possible as the incident stands; the answer says why.</summary>
    IncidentState,

    /// <summary>Sign-ins are locked on the device or for the user.</summary>
    SignInLocked,

    /// <summary>The log knows no such user, session or device.</summary>
    Unknown,

    /// <summary>As many of the user's devices are locked as may be.</summary>
    TooManyLocks,

    /// <summary>The login token is too old for what it asks.</summary>
    NotFresh,

    /// <summary>The media type or content coding is not accepted where JSON is.</summary>
    MediaType,

    /// <summary>The media type or content coding is not accepted where a form is.</summary>
    FormType,

    /// <summary>The body is larger than 16 KiB.</summary>
    BodySize,

    /// <summary>Too many forged tokens or wrong management keys came from the caller's network; this one was not decided.</summary>
    Flood,

    /// <summary>The user has as many streams open as one user may.</summary>
    StreamsOfUser,

    /// <summary>The node has as many streams open as it keeps.</summary>
    StreamsOfNode,

    /// <summary>The request is not proper HTTP, or was broken off.</summary>
    Framing,

    /// <summary>The body came too slowly.</summary>
    Slow,

    /// <summary>No such path on this listener.</summary>
    Path,

    /// <summary>The path exists, the method does not.</summary>
    Method,

    /// <summary>More requests at once than the limit, or the node is stopping.</summary>
    Overload,
}

/// <summary>Codes' names and answers.</summary>
public static class Refusals
{
    private static readonly Answer InvalidBody = new(400, "Invalid request body");
    private static readonly Answer InvalidMode = new(400, "Invalid sign in mode");
    private static readonly Answer DeviceMandatory = new(400, "Device id is mandatory");
    private static readonly Answer TokenMandatory = new(400, "Token mandatory");
    private static readonly Answer VersionMandatory = new(400, "Version is mandatory");
    private static readonly Answer NotAllowed = new(403, "Your key may not do this.");
    private static readonly Answer OtherSite = new(403, "A page of another site may not do this with your browser's password.");
    private static readonly Answer BadActor = new(400, "X-Actor must be 2 to 32 of A-Z a-z 0-9 . _ -, once");
    private static readonly Answer WrongPin = new(401, "Entered PIN is in-correct");
    private static readonly Answer SessionIdReused =
        new(409, "sessionId is known with another device or mode, or a later expiresAt: a LOGIN_HISTORY_ID must not be used twice");
    private static readonly Answer SessionEnded =
        new(409, "The session of this sessionId has ended: a LOGIN_HISTORY_ID must not be used twice, and no token be issued for it");
    private static readonly Answer DeviceSignInOff =
        new(409, "Device-based sign-in is off on this device since its sign-out: let the user sign in with the PIN, and issue no token");

    private static readonly Answer IncidentStands = new(409, "The incident does not allow this step now: look at it");
    private static readonly Answer SignInLocked = new(409, "Sign-ins are locked on this device or for this user: issue no token");
    private static readonly Answer UnknownToTheLog = new(404, "The log knows no such user, session or device");
    private static readonly Answer TooManyLocks =
        new(409, "As many devices of this user are locked as may be: lock the user instead, or release a lock");
    private static readonly Answer NotFresh = new(403, "Sign in again: this needs a fresh login token");

    /// <summary>The code as it stands in the log.</summary>
    public static string NameOf(RefusalCode code) => code switch
    {
        RefusalCode.None => "-",
        RefusalCode.KeyMissing => "key_missing",
        RefusalCode.KeyUnknown => "key_unknown",
        RefusalCode.TokenMissing => "tok_missing",
        RefusalCode.TokenRepeated => "tok_dup",
        RefusalCode.TokenSize => "tok_size",
        RefusalCode.TokenForm => "tok_form",
        RefusalCode.TokenAlgorithm => "tok_alg",
        RefusalCode.TokenHeader => "tok_hdr",
        RefusalCode.TokenAuthenticity => "tok_auth",
        RefusalCode.ClaimsForm => "claims_form",
        RefusalCode.ClaimsTime => "claims_time",
        RefusalCode.ClaimsMissing => "claims_missing",
        RefusalCode.ClaimsType => "claims_type",
        RefusalCode.Tenant => "tenant",
        RefusalCode.Address => "ip",
        RefusalCode.Ticket => "ticket",
        RefusalCode.Revoked => "revoked",
        RefusalCode.BodyToken => "body_token",
        RefusalCode.Device => "device",
        RefusalCode.Account => "account",
        RefusalCode.Pin => "pin",
        RefusalCode.ManagementKey => "management_key",
        RefusalCode.Role => "role",
        RefusalCode.CrossSite => "cross_site",
        RefusalCode.Actor => "actor",
        RefusalCode.BodyForm => "body_form",
        RefusalCode.BodyMode => "body_mode",
        RefusalCode.BodyDevice => "body_device",
        RefusalCode.BodyTokenMissing => "body_token_missing",
        RefusalCode.BodyVersion => "body_version",
        RefusalCode.BodyField => "body_field",
        RefusalCode.QueryField => "query_field",
        RefusalCode.SessionIdReused => "session_reused",
        RefusalCode.SessionEnded => "session_ended",
        RefusalCode.DeviceSignInOff => "device_sign_in_off",
        RefusalCode.IncidentState => "incident_state",
        RefusalCode.SignInLocked => "sign_in_locked",
        RefusalCode.Unknown => "unknown",
        RefusalCode.TooManyLocks => "too_many_locks",
        RefusalCode.NotFresh => "not_fresh",
        RefusalCode.MediaType => "media_type",
        RefusalCode.FormType => "form_type",
        RefusalCode.BodySize => "body_size",
        RefusalCode.Flood => "flood",
        RefusalCode.StreamsOfUser => "streams_user",
        RefusalCode.StreamsOfNode => "streams_node",
        RefusalCode.Framing => "framing",
        RefusalCode.Slow => "slow",
        RefusalCode.Path => "path",
        RefusalCode.Method => "method",
        RefusalCode.Overload => "overload",
        _ => throw new InvalidOperationException($"{code} has no name: add it here and to docs/error-codes.md."),
    };

    /// <summary>What the caller gets.</summary>
    public static Answer AnswerTo(RefusalCode code) => code switch
    {
        RefusalCode.Pin => WrongPin,
        >= RefusalCode.KeyMissing and <= RefusalCode.ManagementKey => Answer.Unauthorized,
        RefusalCode.Role => NotAllowed,
        RefusalCode.CrossSite => OtherSite,
        RefusalCode.Actor => BadActor,
        RefusalCode.BodyForm or RefusalCode.BodyField => InvalidBody,
        RefusalCode.SessionIdReused => SessionIdReused,
        RefusalCode.SessionEnded => SessionEnded,
        RefusalCode.DeviceSignInOff => DeviceSignInOff,
        RefusalCode.IncidentState => IncidentStands,
        RefusalCode.SignInLocked => SignInLocked,
        RefusalCode.Unknown => UnknownToTheLog,
        RefusalCode.TooManyLocks => TooManyLocks,
        RefusalCode.NotFresh => NotFresh,
        RefusalCode.BodyMode => InvalidMode,
        RefusalCode.BodyDevice => DeviceMandatory,
        RefusalCode.BodyTokenMissing => TokenMandatory,
        RefusalCode.BodyVersion => VersionMandatory,
        RefusalCode.MediaType => Answer.UnsupportedMediaType,
        RefusalCode.FormType => Answer.UnsupportedFormType,
        RefusalCode.BodySize => Answer.TooLarge,
        RefusalCode.Flood or RefusalCode.StreamsOfUser => Answer.TooMany,
        RefusalCode.Framing or RefusalCode.QueryField => Answer.BadRequest,
        RefusalCode.Slow => Answer.Timeout,
        RefusalCode.Path => Answer.NotFound,
        RefusalCode.Method => Answer.MethodNotAllowed,
        RefusalCode.Overload or RefusalCode.StreamsOfNode => Answer.Unavailable,
        _ => throw new InvalidOperationException($"{code} has no answer: add it here."),
    };

    /// <summary>The code of a token's fault.</summary>
    public static RefusalCode Of(TokenFault fault) => fault switch
    {
        TokenFault.None => RefusalCode.None,
        TokenFault.Size => RefusalCode.TokenSize,
        TokenFault.Form => RefusalCode.TokenForm,
        TokenFault.Algorithm => RefusalCode.TokenAlgorithm,
        TokenFault.Header => RefusalCode.TokenHeader,
        TokenFault.Authenticity => RefusalCode.TokenAuthenticity,
        TokenFault.ClaimsForm => RefusalCode.ClaimsForm,
        TokenFault.ClaimsTime => RefusalCode.ClaimsTime,
        TokenFault.ClaimsMissing => RefusalCode.ClaimsMissing,
        TokenFault.ClaimsType => RefusalCode.ClaimsType,
        _ => throw new InvalidOperationException($"{fault} has no code: add it here."),
    };
}
