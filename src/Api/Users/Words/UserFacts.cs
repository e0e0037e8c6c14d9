// What it takes to say a user's events in words: which session lived on which device, and what a person calls a device.
using System.Collections.Immutable;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Api.Users.Words;

/// <summary>What is known of a user's sessions and devices; it learns from events and from the user's state.</summary>
internal sealed class UserFacts
{
    private const int HashDigitsShown = 4;

    private readonly Dictionary<SessionId, (DeviceId Device, TimeSpan IdleLimit)> _sessions = [];
    private readonly HashSet<DeviceId> _devices = [];
    private readonly Dictionary<DeviceId, string> _names = [];
    private readonly List<(DeviceId To, long Version)> _owed = [];
    private readonly List<(DeviceId By, long Version, long UpTo)> _shown = [];

    /// <summary>The facts of a user's state.</summary>
    public static UserFacts Of(UserDetails details)
    {
        var facts = new UserFacts();
        foreach (var device in details.Devices)
        {
            facts.Learn(device.Device, device.Description?.Name);
            foreach (var session in device.Sessions.Select(live => live.Session).Concat(device.Ended.Select(ended => ended.Session)))
            {
                facts.Learn(session, device.Device, default);
            }
        }

        facts._devices.UnionWith(details.View.Notices.SelectMany(notice => new[] { notice.To, notice.SignedOut }));
        return facts;
    }

    /// <summary>Learns from an event. A new event that names a session's device, or a device, belongs here.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="happened">The event.</param>
    public void Learn(long version, UserEvent happened)
    {
        switch (happened)
        {
            case SessionStarted started:
                Learn(started.Session, started.Device, started.IdleLimit);
                break;
            case SessionSignedOut ended:
                Learn(ended.Session, ended.Device, default);
                break;
            case SessionExpired ended:
                Learn(ended.Session, ended.Device, default);
                break;
            case SessionSuperseded ended:
                Learn(ended.Session, ended.Device, default);
                break;
            case DeviceSignedOut ended:
                Learn(ended.AskedBy, ended.Device, default);
                _devices.UnionWith(ended.Owed);
                _owed.AddRange(ended.Owed.Select(device => (device, version)));
                break;
            case SignedOutOnBehalf ended:
                foreach (var one in ended.Sessions)
                {
                    Learn(one.Session, one.Device, default);
                }

                _devices.UnionWith(ended.Owed);
                _owed.AddRange(ended.Owed.Select(device => (device, version)));
                break;
            case DeviceDescribed described:
                Learn(described.Device, described.Description.Name);
                break;
            case DeviceRenamed renamed:
                Learn(renamed.Device, renamed.Name);
                break;
            case NoticeAcknowledged shown:
                Learn(shown.Session, shown.Device, default);
                _shown.Add((shown.Device, version, shown.UpTo));
                break;
        }
    }

    /// <summary>Whether the device of a session is known.</summary>
    public bool Knows(SessionId session) => _sessions.ContainsKey(session);

    /// <summary>The device of a session; null where nothing says it.</summary>
    public DeviceId? DeviceOf(SessionId session) => _sessions.TryGetValue(session, out var known) ? known.Device : null;

    /// <summary>The idle limit of a session; zero where nothing says it.</summary>
    public TimeSpan IdleLimitOf(SessionId session) => _sessions.GetValueOrDefault(session).IdleLimit;

    /// <summary>How many notices an acknowledgement confirms that the device had not confirmed before; 0 where that is not known.</summary>
    public int Confirmed(long version, NoticeAcknowledged shown)
    {
        var before = _shown.Where(one => one.By == shown.Device && one.Version < version)
            .Select(one => one.UpTo).DefaultIfEmpty().Max();
        return _owed.Count(one => one.To == shown.Device && one.Version > before && one.Version <= shown.UpTo);
    }

    /// <summary>What a person calls a device: by its name where it has one, and by its label, with four digits of its hash where two
    /// devices of the user have the same label.</summary>
    public string NameOf(DeviceId device)
    {
        var label = _devices.Any(other => other.Label == device.Label && other.Hash != device.Hash)
            ? $"{device.LabelText}·{device.HashText[..HashDigitsShown]}"
            : device.LabelText;
        return _names.TryGetValue(device, out var name) ? $"{name} ({label})" : $"Device {label}";
    }

    /// <summary>What a person calls the device of a session.</summary>
    public string NameOf(SessionId session) => DeviceOf(session) is { } device ? NameOf(device) : "a device";

    private void Learn(DeviceId device, string? name)
    {
        _devices.Add(device);
        if (name is not null)
        {
            _names[device] = name;
        }
    }

    private void Learn(SessionId session, DeviceId device, TimeSpan idleLimit)
    {
        _devices.Add(device);
        var known = _sessions.GetValueOrDefault(session);
        _sessions[session] = (device, idleLimit > TimeSpan.Zero ? idleLimit : known.IdleLimit);
    }
}

/// <summary>An event as it is stored, and what it says where this version can read it.</summary>
internal readonly record struct ReadEvent(StoredEvent Stored, UserEvent? Happened)
{
    /// <summary>Reads events that were checked. One that this version does not know has no content here, and is shown all the
    /// same.</summary>
    public static ImmutableArray<ReadEvent> Read(IEnumerable<StoredEvent> page) => [.. page.Select(Read)];

    private static ReadEvent Read(StoredEvent stored)
    {
        try
        {
            return new(stored, UserEventCodec.Decode(stored.Name, stored.Json.Span));
        }
        catch (InvalidDataException)
        {
            return new(stored, null);
        }
    }
}
