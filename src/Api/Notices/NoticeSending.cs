// What one open stream has sent and still has to send. Knows versions and nothing of connections.
using System.Globalization;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>Sends each notice once, in the order of the versions, until the session or its token ends.</summary>
internal sealed class NoticeSending
{
    private readonly Wording _wording;
    private readonly string? _language;
    private readonly SessionId _session;
    private readonly DateTimeOffset _issuedAt;
    private readonly string _account;
    private readonly DeviceId? _device;
    private readonly IReadOnlyList<NoticeView> _owed;
    private readonly NoticeDeliveries _deliveries = new();
    private bool _isLive;

    /// <param name="caller">Whose stream it is.</param>
    /// <param name="view">The user as the grain knows it.</param>
    /// <param name="after">The version of the last notice that the app has.</param>
    /// <param name="wording">The bank's sentences.</param>
    /// <param name="language">The app's Accept-Language.</param>
    public NoticeSending(Caller caller, UserView view, long after, Wording wording, string? language)
    {
        (_wording, _language) = (wording, language);
        (User, ExpiresAt, Version, _session) = (caller.User, caller.ExpiresAt, view.Version, caller.Session);
        _issuedAt = caller.IssuedAt;
        var account = caller.Account;
        _account = "****" + account[Math.Max(0, account.Length - 4)..];

        // The token does not name a device. A session that nobody has reported has none that the log knows, and is owed nothing.
        _device = view.Sessions.FirstOrDefault(session => session.Session == caller.Session)?.Device;
        _owed = [.. view.Notices.Where(notice => notice.To == _device && notice.Version > after)];
    }

    public UserId User { get; }

    /// <summary>When the token expires.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>The version up to which everything has been sent.</summary>
    public long Version { get; private set; }

    /// <summary>From here on, what is sent is new.</summary>
    public void BecomesLive() => _isLive = true;

    /// <summary>What was written has been sent.</summary>
    public void Sent(DateTimeOffset now) => _deliveries.Sent(now);

    /// <summary>Sends what is owed up to the view's version.</summary>
    public void SendOwed(EventStream stream)
    {
        foreach (var notice in _owed)
        {
            SendNotice(stream, notice.SignedOut.LabelText, notice.At, notice.Version, notice.By, command: default);
        }
    }

    /// <summary>Sends what an event means for this device, if it is new; false when the stream is to close.</summary>
    public bool Send(EventStream stream, SessionsEnded ended)
    {
        if (ended.Version <= Version)
        {
            return true;
        }

        Version = ended.Version;
        if (ended.Ends(_session) || EndsAsUnreported(ended))
        {
            var notice = new SessionEndedNotice(
                ended.Reason, ended.At.UtcDateTime, ended.Version, ended.OnBehalf is { } cause ? Causes.ByOf(cause) : null,
                Causes.ReasonFor(ended.OnBehalf), _wording.TextOf(ended.OnBehalf?.Sentence, _language));
            stream.Event(Text(ended.Version), SessionEndedNotice.Name, PlainJson.Line(notice, ApiJson.Plain.SessionEndedNotice));
            return false;
        }

        if (_device is { } device && ended.Owed.Contains(device))
        {
            SendNotice(stream, ended.Device.LabelText, ended.At, ended.Version, ended.OnBehalf?.Kind, ended.Command);
        }

        return true;
    }

    /// <summary>Sends the token's expiry when it has come; the stream is to close then.</summary>
    public bool SendExpiry(EventStream stream, DateTimeOffset now)
    {
        if (now < ExpiresAt)
        {
            return false;
        }

        var notice = new TokenExpiredNotice(ExpiresAt.UtcDateTime);
        stream.Event(id: null, TokenExpiredNotice.Name, PlainJson.Line(notice, ApiJson.Plain.TokenExpiredNotice));
        return true;
    }

    // Nobody had reported the session when the stream began. If somebody did since, and it is the one that asked, it stays.
    private bool EndsAsUnreported(SessionsEnded ended) =>
        _device is null && ended.EndsUnreported && _issuedAt <= ended.At && ended.OnBehalf?.Session != _session;

    private void SendNotice(
        EventStream stream, string device, DateTimeOffset at, long version, CauseKind? by, CommandId command)
    {
        _deliveries.Add(at, command, version, _isLive);
        var notice = new DeviceSignedOutNotice(
            _account, device, at.UtcDateTime, (int)Mode.Device, version, by is { } kind ? Causes.ByOf(kind) : null);
        stream.Event(Text(version), DeviceSignedOutNotice.Name, PlainJson.Line(notice, ApiJson.Plain.DeviceSignedOutNotice));
    }

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);
}
