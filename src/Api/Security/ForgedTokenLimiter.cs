// Counts forged tokens by address. Valid requests of the same address pass: nobody is ever kept from signing out.
using System.Collections.Concurrent;
using System.Net;

namespace BankEzy.Sessions.Api.Security;

/// <summary>Says when an address has sent too many forged tokens within a minute.</summary>
/// <param name="options">The limit.</param>
/// <param name="time">The clock of the minutes.</param>
public sealed class ForgedTokenLimiter(ApiOptions options, TimeProvider time)
{
    // Bounds the memory: beyond it the counts start anew, which errs towards answering 401.
    private const int AddressesMax = 10_000;

    private readonly ConcurrentDictionary<IPAddress, int> _counts = new();
    private long _minute;

    /// <summary>Counts one; true when the address is over its limit.</summary>
    public bool Count(IPAddress? address)
    {
        if (options.ForgedTokensPerMinute == 0 || address is null)
        {
            return false;
        }

        var minute = time.GetUtcNow().UtcTicks / TimeSpan.TicksPerMinute;
        if (Interlocked.Exchange(ref _minute, minute) != minute || _counts.Count >= AddressesMax)
        {
            _counts.Clear();
        }

        return _counts.AddOrUpdate(address, 1, static (_, count) => count + 1) > options.ForgedTokensPerMinute;
    }
}
