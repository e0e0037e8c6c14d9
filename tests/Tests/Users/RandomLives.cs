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
        AcknowledgeNotices shown => UserDecider.Decide(state, shown).Events,
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
            var after = events.Aggregate(state, UserDecider.Evolve);
            yield return new Passage(step, state, events, after);
            state = after;
        }
    }

    public ImmutableArray<UserEvent> History() => [.. Live().SelectMany(passage => passage.Events)];

    public override string ToString() => $"{Policy}\n" + string.Join('\n', Live().Select(passage =>
        $"{passage.Step} -> {string.Join(", ", passage.Events)}"));
}

internal static class RandomLives
{
    private static readonly DateTimeOffset Dawn = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<SessionId> Sessions = Gen.Choose(1, 8).Select(Samples.Session);
    private static readonly Gen<DeviceId> Devices = Gen.Elements(Samples.Phone, Samples.Tablet, DeviceId.Of("watch"));
    private static readonly Gen<Mode> Modes = Gen.Elements(Enum.GetValues<Mode>());

    // Seconds since the command before: mostly some, sometimes many hours, sometimes a clock that was set back.
    private static readonly Gen<double> Pauses = Gen.Frequency(
        (12, Gen.Choose(0, 1_200_000).Select(milliseconds => milliseconds / 1_000.0)),
        (2, Gen.Choose(0, 2_000_000).Select(ticks => ticks / 10_000_000.0)),
        (2, Gen.Choose(0, 30 * 3_600).Select(seconds => (double)seconds)),
        (2, Gen.Choose(-7_200, 0).Select(seconds => (double)seconds)));

    private static readonly Gen<SessionPolicy> Policies =
        from idle in Gen.Elements(0, 0.4, 90.5, 900)
        from absolute in Gen.Elements(0.3337, 2, 24)
        from most in Gen.Choose(1, 3)
        select new SessionPolicy(TimeSpan.FromSeconds(idle), TimeSpan.FromHours(absolute), most);

    private static readonly Gen<Func<DateTimeOffset, Step>> Commands = Gen.Frequency(
        (4, Starts()),
        (4, SignOuts()),
        (2, Inspects()),
        (2, Acknowledgements()),
        (1, Gen.Constant<Func<DateTimeOffset, Step>>(at => new Step(new ExpireDue(at), false))));

    public static readonly Arbitrary<Life> Lives = Arb.From(
        from policy in Policies
        from length in Gen.Choose(0, 60)
        from pauses in Pauses.ArrayOf(length)
        from commands in Commands.ArrayOf(length)
        select new Life(policy, Timed(pauses, commands)), Shorter);

    private static Gen<Func<DateTimeOffset, Step>> Starts() =>
        from session in Sessions
        from device in Devices
        from mode in Modes
        from lives in Gen.Choose(-3_600, 24 * 3_600)
        select (Func<DateTimeOffset, Step>)(at => new Step(
            new StartSession(at, session, device, mode, at + TimeSpan.FromSeconds(lives)), false));

    // The edge lets a login token in only while it is live: issued before now, expiring after it, a leeway granted on both sides.
    private static Gen<Func<DateTimeOffset, Step>> SignOuts() =>
        from session in Sessions
        from device in Devices
        from mode in Modes
        from age in Gen.Choose(-60, (24 * 3_600) + 59)
        from left in Gen.Choose(-59, 24 * 3_600)
        from wasLive in Gen.Elements(true, false)
        let lifetime = Math.Min(age + left, 24 * 3_600)
        select (Func<DateTimeOffset, Step>)(at => new Step(
            new SignOut(at, session, mode, device, at - TimeSpan.FromSeconds(age), at + TimeSpan.FromSeconds(lifetime - age)), wasLive));

    private static Gen<Func<DateTimeOffset, Step>> Inspects() =>
        from session in Sessions
        from age in Gen.Choose(-60, 24 * 3_600)
        from hasToken in Gen.Elements(true, false)
        select (Func<DateTimeOffset, Step>)(at => new Step(
            new Inspect(at, session, hasToken ? at - TimeSpan.FromSeconds(age) : null), false));

    private static Gen<Func<DateTimeOffset, Step>> Acknowledgements() =>
        from session in Sessions
        from upTo in Gen.Frequency((3, Gen.Choose(0, 70)), (1, Gen.Constant(int.MaxValue)))
        select (Func<DateTimeOffset, Step>)(at => new Step(new AcknowledgeNotices(at, session, upTo), false));

    private static Step[] Timed(double[] pauses, Func<DateTimeOffset, Step>[] commands)
    {
        var at = Dawn;
        return [.. pauses.Zip(commands, (pause, command) => command(at += TimeSpan.FromSeconds(pause)))];
    }

    private static IEnumerable<Life> Shorter(Life life)
    {
        for (var i = 0; i < life.Steps.Count; i++)
        {
            yield return life with { Steps = [.. life.Steps.Where((_, index) => index != i)] };
        }
    }
}
