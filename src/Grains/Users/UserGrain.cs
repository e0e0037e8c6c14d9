// One user as a grain. The activation is a cache and a turn, never a lock: Orleans may run two of a user for a moment.
using BankEzy.Sessions.EventStore;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Users;

/// <summary>The grain of one user; its key is the name of the user's stream.</summary>
internal sealed class UserGrain : Grain, IUserGrain
{
    private readonly UserStream _user;
    private readonly SessionPolicy _policy;

    /// <summary>Makes the grain.</summary>
    /// <param name="store">The log.</param>
    /// <param name="policies">The programs' limits.</param>
    /// <param name="snapshots">Seals and opens snapshots.</param>
    /// <param name="logger">Where the grain reports.</param>
    public UserGrain(IEventStore store, IProgramPolicies policies, UserSnapshots snapshots, ILogger<UserGrain> logger)
    {
        var id = new UserId(this.GetPrimaryKeyString());
        _policy = policies.For(id.Program);
        _user = new UserStream(id.Stream, store, snapshots, logger);
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken) => await _user.Load(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StartReply> StartSession(StartSession command)
    {
        var outcome = await Execute(
            command, command.At, command.Session, (state, command, _) => UserDecider.Decide(state, command, _policy));
        return new StartReply(outcome, _user.Version);
    }

    /// <inheritdoc/>
    /// <remarks>A device-based sign-out ends more than its own session, so it is decided by a state that is read after the request
    /// arrived: a token whose session has ended must not act, whichever node ended it.</remarks>
    public async ValueTask<SignOutReply> SignOut(SignOut command)
    {
        using var span = UserTelemetry.Decide("sign_out decide");
        var outcome = await Execute(
            command, command.At, command.Session, (state, command, wasLive) => UserDecider.Decide(state, command, _policy, wasLive),
            fresh: command.Mode != Mode.Pin);
        var reply = new SignOutReply(outcome, _user.Version);
        UserTelemetry.Decided(span, command, reply);
        return reply;
    }

    /// <inheritdoc/>
    public ValueTask<InspectReply> Inspect(Inspect query) => Execute(
        query, query.At, query.TokenIssuedAt is null ? null : query.Session,
        (state, query, _) => UserDecider.Decide(state, query, _policy));

    /// <inheritdoc/>
    public async ValueTask<OpenReply> Open(Inspect query) => new(await Inspect(query), ViewAt(query.At));

    /// <inheritdoc/>
    public async ValueTask<ExpireReply> ExpireDue(ExpireDue command)
    {
        await Execute(command, command.At, session: null, static (state, command, _) => UserDecider.Decide(state, command));
        return new ExpireReply(UserDecider.NextDue(_user.State));
    }

    /// <inheritdoc/>
    public async ValueTask<AcknowledgeReply> AcknowledgeNotices(AcknowledgeNotices command)
    {
        var owed = _user.State.Owed;
        var outcome = await Execute(
            command, command.At, command.Session, static (state, command, _) => UserDecider.Decide(state, command));
        if (outcome == AcknowledgeOutcome.Acknowledged)
        {
            UserTelemetry.Acknowledged(owed, _user.State.Owed, command.At);
        }

        return new AcknowledgeReply(outcome, _user.Version);
    }

    /// <inheritdoc/>
    public async ValueTask<UserView> View(DateTimeOffset at)
    {
        await _user.Refresh();
        return ViewAt(at);
    }

    // An activation that no longer trusts its memory ends before the next turn.
    private async ValueTask<TOutcome> Execute<TCommand, TOutcome>(
        TCommand command, DateTimeOffset at, SessionId? session, Func<UserState, TCommand, bool, Decision<TOutcome>> decide,
        bool fresh = false)
    {
        try
        {
            return await _user.Execute(command, at, session, decide, fresh);
        }
        finally
        {
            if (_user.IsDoubtful)
            {
                DeactivateOnIdle();
            }
        }
    }

    private UserView ViewAt(DateTimeOffset at) => new(
        _user.Version,
        [.. _user.State.Sessions.Where(session => session.IsLiveAt(at)).Select(session => new SessionView(
            session.Id, session.Device, session.SignInMode, session.Since, session.DueAt.At))],
        [.. _user.State.Owed.Select(notice => new NoticeView(notice.To, notice.Version, notice.At, notice.SignedOut))]);
}
