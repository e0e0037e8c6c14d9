// How many connections may be open. A process without free file handles can not even accept one in order to close it, and ends.
using System.Net;
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Admission;

/// <summary>Counts the open connections of both listeners, in all and by the caller's network.</summary>
/// <param name="options">The limits.</param>
public sealed class ConnectionLimits(ApiOptions options)
{
    /// <summary>Connections that are kept for the management listener: probes and operators get in while the public one is full.</summary>
    public const int ForManagement = 128;

    private readonly Lock _gate = new();
    private readonly Dictionary<UInt128, int> _ofNetwork = [];
    private int _open;

    /// <summary>The connections that are open now.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _open;
            }
        }
    }

    /// <summary>So many may be open before a new one of the public listener is closed at once.</summary>
    public int MaxOfPublic => options.ConnectionsMax - Math.Min(ForManagement, options.ConnectionsMax / 4);

    /// <summary>Takes a new connection; false where it is to be closed at once. The caller of a true calls <see cref="Remove"/>.</summary>
    public bool TryAdd(Listener listener, IPAddress? address)
    {
        var isCounted = IsCounted(listener, address);
        var network = CallerNetwork.Of(address);
        lock (_gate)
        {
            if (_open >= (listener == Listener.Public ? MaxOfPublic : options.ConnectionsMax)
                || (isCounted && _ofNetwork.GetValueOrDefault(network) >= options.ConnectionsPerAddressMax))
            {
                return false;
            }

            _open++;
            if (isCounted)
            {
                _ofNetwork[network] = _ofNetwork.GetValueOrDefault(network) + 1;
            }

            return true;
        }
    }

    /// <summary>Notes that a connection has ended.</summary>
    public void Remove(Listener listener, IPAddress? address)
    {
        var network = CallerNetwork.Of(address);
        lock (_gate)
        {
            _open--;
            if (IsCounted(listener, address) && --_ofNetwork[network] == 0)
            {
                _ofNetwork.Remove(network);
            }
        }
    }

    // Behind a proxy there are many callers.
    private bool IsCounted(Listener listener, IPAddress? address) => listener == Listener.Public
        && options.ConnectionsPerAddressMax > 0 && address is not null && !options.IsKnownProxy(address);
}
