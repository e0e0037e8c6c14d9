// Identities. One-field structs, so that a device cannot go where a session is meant.
using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions;

/// <summary>
/// A user, as grains, streams, dashboards and logs may show it: nothing in it is personal. Its text is the key of the user's grain and the
/// name of the user's stream.
/// </summary>
/// <param name="Stream"><c>user-{program}-{32 hex digits}</c>, made by <see cref="UserKey"/>.</param>
[GenerateSerializer, Immutable, Alias("user-id")]
public readonly record struct UserId([property: Id(0)] string Stream)
{
    internal const string Prefix = "user-";

    private const int HashDigits = 32;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>The program (tenant) of the user.</summary>
    public int Program => int.Parse(
        Stream.AsSpan(Prefix.Length, Stream.IndexOf('-', Prefix.Length) - Prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>How management calls name the user without the account: <c>{program}-{32 hex digits}</c>.</summary>
    public string Reference => Stream[Prefix.Length..];

    /// <summary>Reads back <see cref="Reference"/>; false for anything that it does not write.</summary>
    public static bool TryParse(ReadOnlySpan<char> reference, out UserId user)
    {
        user = default;
        var dash = reference.IndexOf('-');
        if (dash <= 0 || reference[0] == '0'
            || !int.TryParse(reference[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            || reference.Length != dash + 1 + HashDigits || reference[(dash + 1)..].ContainsAnyExcept(HexDigits))
        {
            return false;
        }

        user = new UserId($"{Prefix}{reference}");
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Stream;
}

/// <summary>One sign-in: the contract's LOGIN_HISTORY_ID. It names a session, and alone authorises nothing.</summary>
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
/// <param name="Label">The four hex digits that end the contract's device ids, else the last 16 bits of <paramref name="Hash"/>.</param>
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

    // The contract's form: tdid:<base64>:7971
    private static bool EndsInHex(ReadOnlySpan<byte> utf8) => utf8.Length > 5 && utf8[^5] == (byte)':'
        && char.IsAsciiHexDigit((char)utf8[^4]) && char.IsAsciiHexDigit((char)utf8[^3])
        && char.IsAsciiHexDigit((char)utf8[^2]) && char.IsAsciiHexDigit((char)utf8[^1]);

    /// <inheritdoc cref="Of(ReadOnlySpan{byte})"/>
    public static DeviceId Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads back <see cref="HashText"/>; false for any other spelling.</summary>
    public static bool TryParseHash(ReadOnlySpan<char> text, out UInt128 hash) =>
        UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out hash)
        && text.SequenceEqual(hash.ToString("x32", CultureInfo.InvariantCulture));

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
    /// <summary>The report of a session's start.</summary>
    public static CommandId Start(SessionId session) => Of("start"u8, session);

    /// <summary>The report that a session's token was renewed.</summary>
    /// <param name="session">The session.</param>
    /// <param name="expiresAt">When the new token expires, in whole milliseconds.</param>
    public static CommandId Renew(SessionId session, DateTimeOffset expiresAt) =>
        Of("renew"u8, session, expiresAt.ToUnixTimeMilliseconds());

    /// <summary>The sign-out of one session (mode 1).</summary>
    public static CommandId SignOutSession(SessionId session) => Of("sign-out-session"u8, session);

    /// <summary>The sign-out of a device (mode 2), asked for by this session.</summary>
    public static CommandId SignOutDevice(SessionId session) => Of("sign-out-device"u8, session);

    /// <summary>The expiry of a session; where several expire at once, the first one names the command.</summary>
    public static CommandId Expire(SessionId session) => Of("expire"u8, session);

    /// <summary>The use of a session at a time, where an idle limit makes uses worth recording.</summary>
    public static CommandId Use(SessionId session, DateTimeOffset at) => Of("use"u8, session, at.UtcTicks);

    /// <summary>The acknowledgement of notices up to a version, by this session's device.</summary>
    public static CommandId Acknowledge(SessionId session, long upTo) => Of("acknowledge"u8, session, upTo);

    /// <summary>A sign-out on somebody's behalf, by the id that its caller gave it.</summary>
    public static CommandId OnBehalf(Guid request) => Of("on-behalf"u8, new SessionId(request));

    /// <summary>A lock on sign-ins or its release, by the id that its caller gave it.</summary>
    public static CommandId SetLock(Guid request) => Of("lock"u8, new SessionId(request));

    /// <summary>A device's new name or description, said by this session at a version of the stream: a name may come back.</summary>
    public static CommandId Describe(SessionId session, long version) => Of("describe"u8, session, version);

    /// <summary>The wake of a device for the notices up to a version.</summary>
    public static CommandId Wake(DeviceId device, long upTo) =>
        Of("wake"u8, new SessionId(new Guid((uint)(device.Hash >> 96), (ushort)(device.Hash >> 80), (ushort)(device.Hash >> 64),
            (byte)(device.Hash >> 56), (byte)(device.Hash >> 48), (byte)(device.Hash >> 40), (byte)(device.Hash >> 32),
            (byte)(device.Hash >> 24), (byte)(device.Hash >> 16), (byte)(device.Hash >> 8), (byte)device.Hash)), upTo);

    /// <summary>The first 16 bytes of SHA-256 over the kind, a zero byte, the session's id (16 bytes, big-endian) and a number (8,
    /// big-endian).</summary>
    private static CommandId Of(ReadOnlySpan<byte> kind, SessionId session, long number = 0)
    {
        Span<byte> bytes = stackalloc byte[64];
        kind.CopyTo(bytes);
        bytes[kind.Length] = 0;
        var ids = bytes[(kind.Length + 1)..];
        session.Value.TryWriteBytes(ids, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(ids[16..], number);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..(kind.Length + 1 + 16 + sizeof(long))], digest);
        return new CommandId(new Guid(digest[..16], bigEndian: true));
    }

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
