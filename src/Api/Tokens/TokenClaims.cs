// What a token says, as far as this service needs it. Names, phone numbers and the rest of CLIENT_INFO are never kept.
namespace BankEzy.Sessions.Api.Tokens;

/// <summary>The claims of an authentic token. Which of the optional ones must be there depends on where the token is used.</summary>
/// <param name="Program">PROGRAM_ID, above 0.</param>
/// <param name="Account">X-ACCOUNT-NUMBER, if the token names an account.</param>
/// <param name="UserNumber">USER_ID, if the token names it.</param>
/// <param name="Session">LOGIN_HISTORY_ID: the sign-in that the token came from. An app token has none.</param>
/// <param name="IssuedAt">iat.</param>
/// <param name="ExpiresAt">exp.</param>
/// <param name="NotBefore">nbf, if there.</param>
/// <param name="AllowedIps">ALLOWED_IPS as it stands, see <see cref="Tokens.AllowedIps"/>.</param>
public readonly record struct TokenClaims(
    int Program,
    string? Account,
    ulong? UserNumber,
    SessionId? Session,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset? NotBefore,
    string? AllowedIps)
{
    /// <summary>The key that opened the token, as <see cref="TokenKeys.IdOf"/> names it.</summary>
    public ulong KeyId { get; init; }

    /// <summary>The program alone: the rest points at a person, and this text may end in a log.</summary>
    public override string ToString() => $"claims of program {Program}";
}
