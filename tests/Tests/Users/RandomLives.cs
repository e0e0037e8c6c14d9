// Random lives of one user for the laws: few sessions, few devices, times that mostly advance.
using System.Collections.Immutable;
using BankEzy.Sessions.Users;
using FsCheck;
using FsCheck.Fluent;

namespace BankEzy.Sessions.Tests.Users;

/// <summary>One command of a life, in the form that decides it. The sign-out keeps whether it was overtaken.</summary>
internal sealed record Step(object Command, bool WasLive)
{
    public ImmutableArray<UserEvent> Decide(UserState state, SessionPolicy policy) => Command switch
    {
        StartSession start => UserDecider.Decide(state, start, policy).Events,
        SignOut signOut => UserDecider.Decide(state, signOut, policy, WasLive).Events,
        Inspect inspect => UserDecider.Decide(state, inspect, policy).Events,
        ExpireDue expire => UserDecider.Decide(state, expire).Events,
        AcknowledgeNotices shown => UserDecider.Decide(state, shown, policy).Events,
        EndSessions end => OnBehalfRules.Decide(state, end).Events,
        SetLock set => LockRules.Decide(state, set).Events,
        RenameDevice named => DeviceRules.Decide(state, named).Events,
        TakeWake wake => DeviceRules.Decide(state, wake).Events,
        _ => throw new InvalidOperationException("No such command."),
    };
}

/// <summary>What one command led to.</summary>
internal sealed record Passage(Step Step, UserState Before, ImmutableArray<UserEvent> Events, UserState After);

/// <summary>A sequence of commands under a policy.</summary>
internal sealed record Life(SessionPolicy Policy, IReadOnlyList<Step> Steps)
{
    public IEnumerable<Passage> Live()
    {
        var state = UserState.Initial;
        foreach (var step in Steps)
        {
            var events = step.Decide(state, Policy);
            var after = events.Aggregate(state, UserEvolution.Evolve);
            yield return new Passage(step, state, events, after);
            state = after;
        }
    }

    public ImmutableArray<UserEvent> History() => [.. Live().SelectMany(passage => passage.Events)];

    public override string ToString() => $"{Policy}\n" + string.Join('\n', Live().Select(passage =>
        $"{passage.Step} -> {string.Join(", ", passage.Events)}"));
}

/// <summary>When a command comes, and how many sessions lie behind the ones that it may name.</summary>
internal readonly record struct Moment(DateTimeOffset At, int Past)
{
    public SessionId Nth(int session) => Samples.Session(Past + session);
}

internal static class RandomLives
{
    private static readonly DateTimeOffset Dawn = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    // Few at a time, so that a command often meets a session that lives.
    private static readonly Gen<int> Sessions = Gen.Choose(1, 4);
    private static readonly Gen<DeviceId> Devices = Gen.Elements(Samples.Phone, Samples.Tablet, DeviceId.Of("watch"));
    private static readonly Gen<Mode> Modes = Gen.Elements(Enum.GetValues<Mode>());

    // Seconds since the command before: mostly some, sometimes many hours, sometimes a clock that was set back.
    private static readonly Gen<double> Pauses = Gen.Frequency(
        (20, Gen.Choose(0, 60_000).Select(milliseconds => milliseconds / 1_000.0)),
        (4, Gen.Choose(0, 1_200_000).Select(milliseconds => milliseconds / 1_000.0)),
        (2, Gen.Choose(0, 2_000_000).Select(ticks => ticks / 10_000_000.0)),
        (1, Gen.Choose(0, 30 * 3_600).Select(seconds => (double)seconds)),
        (1, Gen.Choose(-7_200, 0).Select(seconds => (double)seconds)));

    private static readonly Gen<SessionPolicy> Policies =
        from idle in Gen.Elements(0, 0.4, 90.5, 300, 900)
        from absolute in Gen.Elements(0.3337, 2, 24)
        from most in Gen.Choose(1, 4)
        select new SessionPolicy(TimeSpan.FromSeconds(idle), TimeSpan.FromHours(absolute), most);

    private static readonly Gen<Func<Moment, Step>> Commands = Gen.Frequency(
        (9, Starts()),
        (4, SignOuts()),
        (5, Inspects()),
        (9, Acknowledgements()),
        (2, Ends()),
        (2, Locks()),
        (4, Wakes()),
        (1, Gen.Constant<Func<Moment, Step>>(now => new Step(new ExpireDue(now.At), false))));

    public static readonly Arbitrary<Life> Lives = Arb.From(
        from policy in Policies
        from length in Gen.Choose(0, 60)
        from pauses in Pauses.ArrayOf(length)
        from commands in Commands.ArrayOf(length)
        select new Life(policy, Timed(pauses, commands)), Shorter);

    private static Gen<Func<Moment, Step>> Starts() =>
        from session in Sessions
        from device in Devices
        from mode in Modes
        from lives in Gen.Choose(-3_600, 24 * 3_600)
        from said in Gen.Elements(null, new DeviceDescription("One", Push: "ref-1"), new DeviceDescription("Two", AppVersion: "2"))
        select (Func<Moment, Step>)(now => new Step(
            new StartSession(now.At, now.Nth(session), device, mode, now.At + TimeSpan.FromSeconds(lives), Samples.Account, said), false));

    private static Gen<Func<Moment, Step>> Ends() =>
        from scope in Gen.Elements(Enum.GetValues<Scope>())
        from session in Sessions
        from device in Devices
        from asking in Gen.Choose(0, 4)
        from flags in Gen.Choose(0, 7)
        from request in Gen.Choose(1, 1_000_000)
        select (Func<Moment, Step>)(now => new Step(
            new EndSessions(
                now.At, new Guid(request, 0, 0, new byte[8]), scope,
                asking == 0 ? Samples.Desk : new Cause(CauseKind.OtherDevice, now.Nth(asking)), now.Nth(session), device.Hash,
                Quiet: (flags & 1) != 0, Lock: flags > 5, LockUntil: now.At.AddMinutes(30),
                Account: (flags & 2) != 0 ? Samples.Account : null),
            false));

    private static Gen<Func<Moment, Step>> Locks() =>
        from device in Devices
        from ofUser in Gen.Elements(true, false)
        from release in Gen.Elements(true, false)
        from minutes in Gen.Choose(0, 60)
        from request in Gen.Choose(1, 1_000_000)
        select (Func<Moment, Step>)(now => new Step(
            new SetLock(
                now.At, new Guid(request, 1, 0, new byte[8]), Samples.Desk, release, ofUser ? null : device.Hash,
                minutes == 0 ? null : now.At.AddMinutes(minutes)),
            false));

    private static Gen<Func<Moment, Step>> Wakes() =>
        from device in Devices
        from upTo in Gen.Frequency((1, Gen.Choose(0, 70)), (2, Gen.Constant(int.MaxValue)))
        from session in Sessions
        from isName in Gen.Elements(true, false)
        select (Func<Moment, Step>)(now => new Step(
            isName ? new RenameDevice(now.At, now.Nth(session), device.Hash, $"Name {upTo % 3}") : new TakeWake(now.At, device.Hash, upTo),
            false));

    // The service lets a login token in only while it is live: issued before now, expiring after it, a leeway granted on both sides.
    private static Gen<Func<Moment, Step>> SignOuts() =>
        from session in Sessions
        from device in Devices
        from mode in Modes
        from age in Gen.Choose(-60, (24 * 3_600) + 59)
        from left in Gen.Choose(-59, 24 * 3_600)
        from wasLive in Gen.Elements(true, false)
        let lifetime = Math.Min(age + left, 24 * 3_600)
        select (Func<Moment, Step>)(now => new Step(
            new SignOut(
                now.At,
                now.Nth(session),
                mode,
                device,
                now.At - TimeSpan.FromSeconds(age),
                now.At + TimeSpan.FromSeconds(lifetime - age),
                Samples.Account),
            wasLive));

    private static Gen<Func<Moment, Step>> Inspects() =>
        from session in Sessions
        from age in Gen.Choose(-60, 24 * 3_600)
        from hasToken in Gen.Elements(true, true, false)
        select (Func<Moment, Step>)(now => new Step(
            new Inspect(now.At, now.Nth(session), hasToken ? now.At - TimeSpan.FromSeconds(age) : null), false));

    private static Gen<Func<Moment, Step>> Acknowledgements() =>
        from session in Sessions
        from upTo in Gen.Frequency((1, Gen.Choose(0, 70)), (2, Gen.Constant(int.MaxValue)))
        select (Func<Moment, Step>)(now => new Step(new AcknowledgeNotices(now.At, now.Nth(session), upTo), false));

    private static Step[] Timed(double[] pauses, Func<Moment, Step>[] commands)
    {
        var at = Dawn;
        return [.. pauses.Zip(commands, (pause, command) => (pause, command)).Select((step, index) =>
            step.command(new Moment(at += TimeSpan.FromSeconds(step.pause), index / 8)))];
    }

    private static IEnumerable<Life> Shorter(Life life)
    {
        for (var i = 0; i < life.Steps.Count; i++)
        {
            yield return life with { Steps = [.. life.Steps.Where((_, index) => index != i)] };
        }
    }
}
