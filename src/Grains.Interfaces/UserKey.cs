// Why a user's key is a keyed hash: grain keys and stream names are shown by dashboards, traces, log lines and SQL errors.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions;

/// <summary>
/// Makes users' ids from account numbers. The key and an id give the account by trying all accounts; without it an id says
/// nothing. Changing the key would separate every user from the user's events, so its fingerprint is kept in the log.
/// </summary>
public sealed class UserKey
{
    /// <summary>The length of the key in bytes.</summary>
    public const int Size = 32;

    /// <summary>The most digits of an account number (X-ACCOUNT-NUMBER).</summary>
    public const int AccountDigitsMax = 20;

    private const int IdBytes = 16;

    private readonly byte[] _key;

    /// <summary>Takes the key.</summary>
    /// <param name="key">32 random bytes, the same on every node of a log for as long as the log lives.</param>
    /// <exception cref="ArgumentException">It has another length.</exception>
    public UserKey(ReadOnlySpan<byte> key)
    {
        _key = key.Length == Size ? key.ToArray() : throw new ArgumentException($"A user key has {Size} bytes.", nameof(key));
    }

    /// <summary>Distinguishes two keys and says nothing about them: 16 hex digits, from HMAC-SHA-256 under the key.</summary>
    public string Fingerprint => Convert.ToHexStringLower(Derive("fingerprint").AsSpan(0, 8));

    /// <summary>Whether a text is an account number: 1 to 20 decimal digits, no leading zero unless it is the only digit.</summary>
    public static bool IsAccount(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= AccountDigitsMax && !text.ContainsAnyExceptInRange('0', '9') && (text[0] != '0' || text.Length == 1);

    /// <summary>A user's id: <c>user-{program}-{the first 16 bytes of HMAC-SHA-256(key, account) in hex}</c>.</summary>
    /// <param name="program">PROGRAM_ID, above 0.</param>
    /// <param name="account">X-ACCOUNT-NUMBER; see <see cref="IsAccount"/>.</param>
    /// <param name="user">The user, when the answer is true.</param>
    public bool TryCreate(int program, ReadOnlySpan<char> account, out UserId user)
    {
        user = default;
        if (program <= 0 || !IsAccount(account))
        {
            return false;
        }

        Span<byte> digits = stackalloc byte[AccountDigitsMax];
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, digits[..Encoding.ASCII.GetBytes(account, digits)], digest);
        Span<char> hex = stackalloc char[2 * IdBytes];
        Convert.TryToHexStringLower(digest[..IdBytes], hex, out _);
        user = new UserId(string.Create(CultureInfo.InvariantCulture, $"{UserId.Prefix}{program}-{hex}"));
        return true;
    }

    /// <summary>A key for another purpose, from which neither this key nor one for a third purpose can be found.</summary>
    /// <param name="purpose">The purpose: a constant of the code.</param>
    /// <returns>32 bytes.</returns>
    public byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, Size, salt: [], info: Encoding.ASCII.GetBytes(purpose));
}
