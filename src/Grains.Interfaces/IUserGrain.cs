namespace BankEzy.Sessions;

/// <summary>
/// One user. Calls of one user run one after another. An answer means that what it says is on stable storage; an
/// exception (<see cref="TimeoutException"/>, <see cref="OrleansException"/>, a store's) means that the caller does not know
/// and may ask again: every command is idempotent.
/// </summary>
[Alias("user")]
public interface IUserGrain : IGrainWithStringKey
{
    /// <summary>Records a session's start.</summary>
    [Alias("start-session")]
    ValueTask<StartReply> StartSession(StartSession command);

    /// <summary>Ends a session or a device's sessions.</summary>
    [Alias("sign-out")]
    ValueTask<SignOutReply> SignOut(SignOut command);

    /// <summary>Says how a session stands. Writes only where an idle limit asks for it.</summary>
    [Alias("inspect")]
    ValueTask<InspectReply> Inspect(Inspect query);

    /// <summary>Says how a session stands and shows its user, by one state.</summary>
    [Alias("open")]
    ValueTask<OpenReply> Open(Inspect query);

    /// <summary>Ends the sessions whose time has come.</summary>
    [Alias("expire-due")]
    ValueTask<ExpireReply> ExpireDue(ExpireDue command);

    /// <summary>Takes note that a device has shown its notices.</summary>
    [Alias("acknowledge-notices")]
    ValueTask<AcknowledgeReply> AcknowledgeNotices(AcknowledgeNotices command);

    /// <summary>Ends sessions on the user's behalf.</summary>
    [Alias("end-sessions")]
    ValueTask<EndReply> EndSessions(EndSessions command);

    /// <summary>Locks sign-ins, or releases a lock.</summary>
    [Alias("set-lock")]
    ValueTask<ChangeReply> SetLock(SetLock command);

    /// <summary>Gives a device a name.</summary>
    [Alias("rename-device")]
    ValueTask<ChangeReply> RenameDevice(RenameDevice command);

    /// <summary>Takes note that the bank's push service wakes a device, unless it is owed nothing any more.</summary>
    [Alias("take-wake")]
    ValueTask<ChangeReply> TakeWake(TakeWake command);

    /// <summary>The live sessions, and what devices are owed.</summary>
    /// <param name="at">The time to decide by.</param>
    [Alias("view")]
    ValueTask<UserView> View(DateTimeOffset at);

    /// <summary>The same, and what is known of the devices, the last ends and the locks.</summary>
    /// <param name="at">The time to decide by.</param>
    [Alias("show")]
    ValueTask<UserDetails> Show(DateTimeOffset at);
}
