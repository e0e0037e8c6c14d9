// Identities. One-field structs, so that a device cannot go where a session is meant.
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions;

/// <summary>A user: a program and an account in it. Its text is the key of the user's grain and the name of the user's stream.</summary>
/// <param name="Stream"><c>user-{program}-{account}</c>.</param>
[GenerateSerializer, Immutable, Alias("user-id")]
public readonly record struct UserId([property: Id(0)] string Stream)
{
    private const string Prefix = "user-";

    /// <summary>The most digits of an account number (X-ACCOUNT-NUMBER).</summary>
    public const int AccountDigitsMax = 20;

    /// <summary>The program (tenant) of the user.</summary>
    public int Program => int.Parse(Stream.AsSpan(Prefix.Length, Dash - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>The account number: 1 to 20 digits, as text, because 20 digits fit neither a double nor a long.</summary>
    public string Account => Stream[(Dash + 1)..];

    private int Dash => Stream.IndexOf('-', Prefix.Length);

    /// <summary>Names a user.</summary>
    /// <param name="program">PROGRAM_ID, above 0.</param>
    /// <param name="account">X-ACCOUNT-NUMBER: 1 to 20 decimal digits, no leading zero unless it is the only digit.</param>
    /// <param name="user">The user, when the answer is true.</param>
    public static bool TryCreate(int program, ReadOnlySpan<char> account, out UserId user)
    {
        user = default;
        if (program <= 0 || account.Length is 0 or > AccountDigitsMax
            || account.ContainsAnyExceptInRange('0', '9') || (account[0] == '0' && account.Length > 1))
        {
            return false;
        }

        user = new UserId(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{program}-{account}"));
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Stream;
}

/// <summary>One sign-in: the family's LOGIN_HISTORY_ID. It names a session, and alone authorises nothing.</summary>
[GenerateSerializer, Immutable, Alias("session-id")]
public readonly record struct SessionId([property: Id(0)] Guid Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>
/// A device, known by the first 128 bits of the SHA-256 of its <c>deviceId</c> and by a label of 16 bits for people.
/// The text itself is personal data and is not kept.
/// </summary>
/// <param name="Hash">The first 16 bytes of SHA-256 over the UTF-8 text.</param>
/// <param name="Label">The four hex digits that end the family's device ids, else the last 16 bits of <paramref name="Hash"/>.</param>
[GenerateSerializer, Immutable, Alias("device-id")]
public readonly record struct DeviceId([property: Id(0)] UInt128 Hash, [property: Id(1)] ushort Label)
{
    /// <summary>The most characters (UTF-16 code units) of a <c>deviceId</c>.</summary>
    public const int TextMax = 200;

    /// <summary>The hash as 32 lower-case hex digits: <c>printf %s "$deviceId" | sha256sum | cut -c1-32</c>.</summary>
    public string HashText => Hash.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>The label as four lower-case hex digits.</summary>
    public string LabelText => Label.ToString("x4", CultureInfo.InvariantCulture);

    /// <summary>The device of a <c>deviceId</c> text.</summary>
    /// <param name="utf8">The text in UTF-8, already checked by the caller.</param>
    public static DeviceId Of(ReadOnlySpan<byte> utf8)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, digest);
        var hash = BinaryPrimitives.ReadUInt128BigEndian(digest);
        return new DeviceId(hash, EndsInHex(utf8)
            ? ushort.Parse(utf8[^4..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
            : (ushort)hash);
    }

    // The family's form: tdid:<base64>:7971
    private static bool EndsInHex(ReadOnlySpan<byte> utf8) => utf8.Length > 5 && utf8[^5] == (byte)':'
        && char.IsAsciiHexDigit((char)utf8[^4]) && char.IsAsciiHexDigit((char)utf8[^3])
        && char.IsAsciiHexDigit((char)utf8[^2]) && char.IsAsciiHexDigit((char)utf8[^1]);

    /// <inheritdoc cref="Of(ReadOnlySpan{byte})"/>
    public static DeviceId Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads back <see cref="HashText"/> and <see cref="LabelText"/>.</summary>
    public static DeviceId Parse(string hash, string label) => new(
        UInt128.Parse(hash, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        ushort.Parse(label, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));

    /// <inheritdoc/>
    public override string ToString() => HashText;
}

/// <summary>
/// The idempotency key of one command on one stream. It is derived from the command's content, as the contract has no
/// header for it: the same command has the same id wherever and whenever it is sent.
/// </summary>
[GenerateSerializer, Immutable, Alias("command-id")]
public readonly record struct CommandId([property: Id(0)] Guid Value)
{
    // One fixed random mask a kind of command. Session ids are random, so two commands of one stream meet with 2^-128.
    private static readonly UInt128 StartMask = new(0x6b1f_4c0a_93d7_42e5, 0x8f26_0b7d_e15c_a934);
    private static readonly UInt128 SignOutSessionMask = new(0xd2a9_76e1_0c3b_4f58, 0x91e4_5a07_b86d_2cf3);
    private static readonly UInt128 SignOutDeviceMask = new(0x3e85_c9b4_fa12_4706, 0xa7d3_6c28_4f9e_015b);
    private static readonly UInt128 ExpireMask = new(0xb470_1d93_5ea8_4c2f, 0x86f9_e245_07c1_d83a);
    private static readonly UInt128 UseMask = new(0x17cb_a856_62f4_49d0, 0xb05e_9d31_c874_ea2f);

    private static readonly UInt128 AcknowledgeMask = new(0x59e3_07d4_b12c_4a86, 0x9c41_f6d8_2b75_e03a);

    /// <summary>The report of a session's start.</summary>
    public static CommandId Start(SessionId session) => Masked(session, StartMask);

    /// <summary>The sign-out of one session (mode 1).</summary>
    public static CommandId SignOutSession(SessionId session) => Masked(session, SignOutSessionMask);

    /// <summary>The sign-out of a device (mode 2), asked for by this session.</summary>
    public static CommandId SignOutDevice(SessionId session) => Masked(session, SignOutDeviceMask);

    /// <summary>The expiry of a session; where several expire at once, the first one names the command.</summary>
    public static CommandId Expire(SessionId session) => Masked(session, ExpireMask);

    /// <summary>The use of a session at a time, where an idle limit makes uses worth recording.</summary>
    public static CommandId Use(SessionId session, DateTimeOffset at) => Masked(session, UseMask ^ (UInt128)(ulong)at.UtcTicks);

    /// <summary>The acknowledgement of notices up to a version, by this session's device.</summary>
    public static CommandId Acknowledge(SessionId session, long upTo) => Masked(session, AcknowledgeMask ^ (UInt128)(ulong)upTo);

    private static CommandId Masked(SessionId session, UInt128 mask)
    {
        Span<byte> bytes = stackalloc byte[16];
        session.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        BinaryPrimitives.WriteUInt128BigEndian(bytes, BinaryPrimitives.ReadUInt128BigEndian(bytes) ^ mask);
        return new CommandId(new Guid(bytes, bigEndian: true));
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
