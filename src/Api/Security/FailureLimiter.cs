// Counts failures by the caller's network, in memory of one fixed size and without a lock: their causer must not be able to fill or
// to hold up what counts them.
using System.Net;
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Security;

/// <summary>Says when a network (an IPv4 address, or an IPv6 /64) has caused as many failures within a minute as are allowed.</summary>
/// <param name="perMinute">The failures that are allowed within a minute; 0 for no limit.</param>
/// <param name="time">The clock of the minutes.</param>
public abstract class FailureLimiter(int perMinute, TimeProvider time)
{
    private const int SlotBits = 14;
    private const int CountBits = 16;
    private const int TagBits = 24;
    private const ulong CountMax = (1UL << CountBits) - 1;

    // One number a slot: the minute, a tag of the network, and its count. Two networks that meet in a slot take it from each other, which
    // errs towards not limiting.
    private readonly ulong[] _slots = new ulong[1 << SlotBits];

    /// <summary>Whether the network of an address has had all the failures of this minute that are allowed.</summary>
    public bool IsOverLimit(IPAddress? address)
    {
        var (slot, label) = Find(address);
        var value = Volatile.Read(ref _slots[slot]);
        return perMinute > 0 && value >> CountBits == label && (value & CountMax) >= (ulong)perMinute;
    }

    /// <summary>Counts a failure.</summary>
    public void Count(IPAddress? address)
    {
        var (slot, label) = Find(address);
        ulong seen;
        ulong next;
        do
        {
            seen = Volatile.Read(ref _slots[slot]);
            var count = seen >> CountBits == label ? Math.Min((seen & CountMax) + 1, CountMax) : 1;
            next = (label << CountBits) | count;
        }
        while (Interlocked.CompareExchange(ref _slots[slot], next, seen) != seen);
    }

    private (int Slot, ulong Label) Find(IPAddress? address)
    {
        var network = CallerNetwork.Of(address);
        var mixed = ((ulong)(uint)HashCode.Combine(network, 1) << 32) | (uint)HashCode.Combine(network, 2); // keyed by the process
        var minute = (ulong)(time.GetUtcNow().UtcTicks / TimeSpan.TicksPerMinute);
        var label = (minute << TagBits) | (mixed & ((1UL << TagBits) - 1));
        return ((int)(mixed >> (64 - SlotBits)), label & ((1UL << (64 - CountBits)) - 1));
    }
}

/// <summary>Counts forged tokens that had to be tried with the keys of many programs.</summary>
/// <param name="options">The limit.</param>
/// <param name="time">The clock of the minutes.</param>
public sealed class ForgedTokenLimiter(ApiOptions options, TimeProvider time) : FailureLimiter(options.ForgedTokensPerMinute, time);

/// <summary>Counts wrong management keys.</summary>
/// <param name="options">The limit.</param>
/// <param name="time">The clock of the minutes.</param>
public sealed class WrongKeyLimiter(ApiOptions options, TimeProvider time) : FailureLimiter(options.WrongKeysPerMinute, time);
