// Tickets for EventSource, which sends no headers of its own: what a caller's tokens have shown, sealed for a minute. Every node can open
// every node's tickets, as their key comes from Sessions__UserKey; nothing is remembered.
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>Makes and opens tickets for the stream of notices.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="users">Makes users' ids, and the tickets' key.</param>
/// <param name="crossOrigin">Lets pages of the caller's program read the answer.</param>
public sealed class NoticeTickets(ProgramDirectory programs, UserKey users, CrossOrigin crossOrigin)
{
    /// <summary>The field of the query.</summary>
    public const string Field = "ticket";

    /// <summary>How long a ticket may be used, as often as wanted: long enough for a browser that connects again by itself.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    // A ticket is 12 random bytes that make its own key, 12 that are the nonce, the sealed content and the tag. So there is no limit to how
    // many tickets one key may seal, as there would be with the nonce alone (NIST SP 800-38D, section 8.3: 2^32).
    private const int SaltSize = 12;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int AddressSize = 16;
    private const int ContentSize = sizeof(int) + (4 * sizeof(long)) + 16 + UserKey.AccountDigitsMax + AddressSize + sizeof(ulong);
    private const int Size = SaltSize + NonceSize + ContentSize + TagSize;
    private static readonly byte[] Anywhere = new byte[AddressSize];

    private readonly byte[] _key = users.Derive("notice tickets");

    /// <summary>Makes a ticket.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="address">The caller's address; the ticket is bound to it where the token is bound to addresses.</param>
    /// <param name="now">The time.</param>
    /// <returns>The ticket as it stands in a URL, and when it ends: never after its token.</returns>
    public (string Text, DateTimeOffset ExpiresAt) Make(in Caller caller, IPAddress? address, DateTimeOffset now)
    {
        var expiresAt = now + Lifetime < caller.ExpiresAt ? now + Lifetime : caller.ExpiresAt;
        Span<byte> content = stackalloc byte[ContentSize];
        Write(content, caller, caller.IsBoundToAddresses ? BytesOf(address) : Anywhere, expiresAt);
        Span<byte> ticket = stackalloc byte[Size];
        RandomNumberGenerator.Fill(ticket[..(SaltSize + NonceSize)]);
        using var cipher = CipherOf(ticket);
        cipher.Encrypt(
            ticket.Slice(SaltSize, NonceSize), content, ticket.Slice(SaltSize + NonceSize, ContentSize), ticket[^TagSize..]);
        return (Base64Url.EncodeToString(ticket), expiresAt);
    }

    /// <summary>Opens the ticket in a request's query.</summary>
    /// <param name="http">The request.</param>
    /// <param name="now">When it reached the service.</param>
    /// <param name="caller">The caller, when the answer is <see cref="RefusalCode.None"/>.</param>
    public RefusalCode Check(HttpContext http, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var given = http.Request.Query[Field];
        if (given.Count != 1 || !TryOpen(given[0], http.Connection.RemoteIpAddress, now, out caller))
        {
            return RefusalCode.Ticket;
        }

        crossOrigin.Confirm(http, caller.Program);
        return RefusalCode.None;
    }

    /// <summary>Opens a ticket: false for one that is not ours, has ended, is of a program that is gone, was made for a token whose key is
    /// gone, or comes from another address than the one that it is bound to. Whether its session still lives is not known here.</summary>
    public bool TryOpen(string? text, IPAddress? address, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        Span<byte> ticket = stackalloc byte[Size];
        Span<byte> content = stackalloc byte[ContentSize];
        return text is not null && text.Length == Base64Url.GetEncodedLength(Size)
            && Base64Url.IsValid(text, out var length) && length == Size && Base64Url.DecodeFromChars(text, ticket) == Size
            && TryUnseal(ticket, content) && TryRead(content, address, now, out caller);
    }

    private bool TryUnseal(ReadOnlySpan<byte> ticket, Span<byte> content)
    {
        using var cipher = CipherOf(ticket);
        try
        {
            cipher.Decrypt(
                ticket.Slice(SaltSize, NonceSize), ticket.Slice(SaltSize + NonceSize, ContentSize), ticket[^TagSize..], content);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private AesGcm CipherOf(ReadOnlySpan<byte> ticket)
    {
        Span<byte> key = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, ticket[..SaltSize], key);
        return new AesGcm(key, TagSize);
    }

    // Of one length whatever the account: the length of a ticket says nothing.
    private static void Write(Span<byte> content, in Caller caller, ReadOnlySpan<byte> boundTo, DateTimeOffset expiresAt)
    {
        var rest = content;
        BinaryPrimitives.WriteInt32BigEndian(Take(ref rest, sizeof(int)), caller.Program.Id);
        BinaryPrimitives.WriteUInt64BigEndian(Take(ref rest, sizeof(ulong)), caller.KeyId);
        BinaryPrimitives.WriteInt64BigEndian(Take(ref rest, sizeof(long)), expiresAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(Take(ref rest, sizeof(long)), caller.IssuedAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteInt64BigEndian(Take(ref rest, sizeof(long)), caller.ExpiresAt.ToUnixTimeMilliseconds());
        BinaryPrimitives.WriteUInt64BigEndian(Take(ref rest, sizeof(ulong)), caller.UserNumber);
        caller.Session.Value.TryWriteBytes(Take(ref rest, 16), bigEndian: true, out _);
        boundTo.CopyTo(Take(ref rest, AddressSize));
        rest.Fill((byte)' ');
        Encoding.ASCII.GetBytes(caller.Account, rest);
    }

    private bool TryRead(ReadOnlySpan<byte> content, IPAddress? address, DateTimeOffset now, out Caller caller)
    {
        caller = default;
        var rest = content;
        var program = BinaryPrimitives.ReadInt32BigEndian(Take(ref rest, sizeof(int)));
        var key = BinaryPrimitives.ReadUInt64BigEndian(Take(ref rest, sizeof(ulong)));
        var expiresAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(Take(ref rest, sizeof(long))));
        var tokenFrom = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(Take(ref rest, sizeof(long))));
        var tokenUntil = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(Take(ref rest, sizeof(long))));
        var number = BinaryPrimitives.ReadUInt64BigEndian(Take(ref rest, sizeof(ulong)));
        var session = new SessionId(new Guid(Take(ref rest, 16), bigEndian: true));
        var boundTo = Take(ref rest, AddressSize);
        var account = Encoding.ASCII.GetString(rest).TrimEnd(' ');
        if (now >= expiresAt || !IsFrom(boundTo, address) || !TryFind(program, account, out var entry, out var user)
            || !entry.LoginTokenKeys.HasId(key))
        {
            return false;
        }

        caller = new Caller(entry, user, account, number, session, tokenFrom, tokenUntil) { KeyId = key };
        return true;
    }

    private bool TryFind(int program, string account, [NotNullWhen(true)] out ProgramEntry? entry, out UserId user)
    {
        user = default;
        return programs.TryFind(program, out entry) && users.TryCreate(program, account, out user);
    }

    private static bool IsFrom(ReadOnlySpan<byte> boundTo, IPAddress? address) =>
        boundTo.SequenceEqual(Anywhere) || boundTo.SequenceEqual(BytesOf(address));

    private static ReadOnlySpan<byte> BytesOf(IPAddress? address) => (address ?? IPAddress.IPv6None).MapToIPv6().GetAddressBytes();

    private static Span<byte> Take(ref Span<byte> rest, int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int length)
    {
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}
