// What holds for every user, whatever happens to them. A failure prints the shortest life it found and the seed.
using System.Runtime.CompilerServices;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Users;
using FsCheck;
using FsCheck.Fluent;

namespace BankEzy.Sessions.Tests.Users;

public sealed class UserLaws
{
    private const int Runs = 500;

    private static IEnumerable<Type> EventTypes =>
        typeof(UserEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(UserEvent)));

    // A session that is pushed out of the state within the passage is looked up in the log by the stream, not by the decider.
    [Fact]
    public void The_second_run_of_any_sign_out_writes_nothing() => ForEveryPassage((passage, policy) =>
    {
        if (passage.Step.Command is not SignOut signOut
            || (passage.Before.Find(signOut.Session) is { } old && passage.After.Find(old.Id) is null))
        {
            return true;
        }

        var second = UserDecider.Decide(passage.After, signOut, policy, passage.Step.WasLive);
        return second.Events.IsEmpty && (passage.Events.IsEmpty || second.Outcome == SignOutOutcome.AlreadySignedOut);
    });

    [Fact]
    public void An_ended_session_never_lives_again() => ForEveryPassage((passage, _) =>
        passage.Before.Sessions.Where(session => !session.IsLive).All(ended => passage.After.Find(ended.Id) is null or { IsLive: false }));

    [Fact]
    public void Only_ended_sessions_are_forgotten_and_those_that_ended_first() => ForEveryPassage((passage, _) =>
        passage.After.Sessions.Count(session => !session.IsLive) <= UserState.EndedMax
        && passage.Before.Sessions.Where(session => passage.After.Find(session.Id) is null).All(forgotten =>
            !forgotten.IsLive && passage.After.Sessions.All(kept => kept.IsLive || kept.EndedBy > forgotten.EndedBy)));

    [Fact]
    public void No_clock_takes_anything_out_of_the_state() => ForEveryLife(life =>
    {
        var later = life.History().Select((happened, index) => happened with { At = happened.At.AddDays(1_000 * (index + 1)) });
        var (once, never) = (Fold(life.History()), Fold(later));
        return once.Sessions.Select(session => (session.Id, session.Ending)).SequenceEqual(
                never.Sessions.Select(session => (session.Id, session.Ending)))
            && once.Owed.Select(notice => (notice.To, notice.Version)).SequenceEqual(
                never.Owed.Select(notice => (notice.To, notice.Version)))
            && once.DeviceSignIn.Equals(never.DeviceSignIn);
    });

    [Fact]
    public void A_device_s_sign_out_ends_all_and_only_that_device_s_live_sessions() => ForEveryPassage((passage, _) =>
        passage.Events.OfType<DeviceSignedOut>().All(fact =>
            passage.After.Sessions.All(session => session.Device != fact.Device || !session.IsLive)
            && Live(passage.Before).Where(session => session.Device != fact.Device).All(session => passage.After.Find(session.Id)!.IsLive)
            && Live(passage.Before).Where(session => session.Device == fact.Device).All(session => fact.Sessions.Contains(session.Id))
            && passage.After.DeviceSignIn.IsOff(fact.Device)));

    [Fact]
    public void Every_other_device_with_a_live_session_is_owed_a_notice_of_a_device_s_sign_out() => ForEveryPassage((passage, _) =>
        passage.Events.OfType<DeviceSignedOut>().All(fact =>
            fact.Owed.Order(ByHash).SequenceEqual(passage.Before.Sessions
                .Where(session => session.Device != fact.Device && session.IsLiveAt(fact.At))
                .Select(session => session.Device).Distinct().Order(ByHash))
            && fact.Owed.All(device => passage.After.Owed.Any(notice =>
                notice.To == device && notice.Version > passage.Before.Version && notice.SignedOut == fact.Device))));

    [Fact]
    public void What_a_device_is_owed_stays_owed_until_it_is_acknowledged_or_there_are_too_many() =>
        ForEveryLife(life =>
        {
            var state = UserState.Initial;
            return life.History().All(happened =>
            {
                var before = state;
                state = UserEvolution.Evolve(state, happened);
                var kept = state.Owed.Select(notice => (notice.To, notice.Version)).ToHashSet();
                return before.Owed.Where(notice => !kept.Contains((notice.To, notice.Version))).All(notice =>
                    (happened is NoticeAcknowledged shown && shown.Device == notice.To && shown.UpTo >= notice.Version)
                    || (happened is DeviceSignedOut or SignedOutOnBehalf
                        && (before.Owed.Count(other => other.To == notice.To) == NoticeRules.PerDeviceMax
                        || state.Owed.Length == NoticeRules.PerUserMax)));
            });
        });

    [Fact]
    public void A_sign_out_of_the_user_ends_what_nobody_reported_for_good() => ForEveryPassage((passage, policy) =>
    {
        var unreported = Samples.Session(int.MaxValue);
        bool HasEnded(DateTimeOffset issuedAt) =>
            UserDecider.Decide(passage.After, new Inspect(issuedAt.AddMinutes(1), unreported, issuedAt), policy).Outcome.Standing
                == Standing.Ended;
        return !(passage.Before.AllEndedAt > passage.After.AllEndedAt)
            && passage.Events.OfType<SignedOutOnBehalf>().All(fact =>
                fact.EndsUnreported ? HasEnded(fact.At) && HasEnded(fact.At.AddHours(-1))
                : passage.After.AllEndedAt == passage.Before.AllEndedAt);
    });

    [Fact]
    public void Acknowledging_twice_writes_nothing() => ForEveryPassage((passage, policy) =>
        passage.Step.Command is not AcknowledgeNotices shown || UserDecider.Decide(passage.After, shown, policy).Events.IsEmpty);

    [Fact]
    public void The_state_knows_its_version() => ForEveryPassage((passage, _) =>
        passage.After.Version == passage.Before.Version + passage.Events.Length
        && passage.After.Owed.All(notice => notice.Version <= passage.After.Version));

    [Fact]
    public void Folding_in_two_parts_equals_folding_at_once() => ForEveryLife(life =>
    {
        var history = life.History();
        var whole = history.Aggregate(UserState.Initial, UserEvolution.Evolve);
        return Enumerable.Range(0, history.Length + 1).All(cut =>
        {
            var first = history.Take(cut).Aggregate(UserState.Initial, UserEvolution.Evolve);
            return history.Skip(cut).Aggregate(Opened(first), UserEvolution.Evolve).Equals(whole);
        });
    });

    [Fact]
    public void A_snapshot_is_read_back_as_it_was() => ForEveryPassage((passage, _) => passage.After.Equals(Opened(passage.After)));

    [Fact]
    public void An_event_is_read_back_as_it_was() => ForEveryPassage((passage, _) => passage.Events.All(fact => fact.Equals(Stored(fact))));

    [Fact]
    public void The_state_in_memory_is_the_state_that_the_log_gives() => ForEveryLife(life =>
    {
        var last = life.Live().LastOrDefault()?.After ?? UserState.Initial;
        return last.Equals(life.History().Select(Stored).Aggregate(UserState.Initial, UserEvolution.Evolve));
    });

    [Fact]
    public void There_are_never_more_live_sessions_than_the_policy_allows() => ForEveryPassage((passage, policy) =>
        Live(passage.After).Count() <= policy.MaxSessions);

    [Fact]
    public void A_device_has_one_live_session_at_most() => ForEveryPassage((passage, _) =>
        Live(passage.After).Select(session => session.Device).Distinct().Count() == Live(passage.After).Count());

    [Fact]
    public void The_times_of_a_stream_never_go_back() => ForEveryLife(life =>
        life.History().Zip(life.History().Skip(1), (earlier, later) => earlier.At <= later.At).All(inOrder => inOrder));

    [Fact]
    public void The_next_due_time_is_the_earliest_of_the_live_sessions() => ForEveryPassage((passage, _) =>
        UserDecider.NextDue(passage.After) == Live(passage.After).Min(session => (DateTimeOffset?)session.DueAt.At));

    [Fact]
    public void After_expiry_nothing_is_due() => ForEveryPassage((passage, _) =>
        passage.Step.Command is not ExpireDue expire || !(UserDecider.NextDue(passage.After) <= expire.At));

    [Fact]
    public void Evolve_and_the_codec_know_every_event()
    {
        Assert.Equal(EventTypes.Order(ByName), Codec.GoldenEvents.ByName.Values.Select(fact => fact.GetType()).Distinct().Order(ByName));
        Assert.All(EventTypes, type => Assert.True(type.IsSealed, type.Name));
        Assert.All(Codec.GoldenEvents.ByName.Values, fact =>
        {
            Assert.Equal(fact.At, UserEvolution.Evolve(UserState.Initial, fact).LastAt);
            Assert.Contains(UserEventCodec.NameOf(fact), UserEventCodec.Names);
            Assert.Equal(fact, Stored(fact));
        });
    }

    // Guards the generator, not the decider: from one seed, so that it shows a change and never of an unlucky draw.
    [Fact]
    public void The_lives_reach_every_event_often_enough_to_hold_a_law_to_it()
    {
        var lives = EventTypes.ToDictionary(type => type, _ => 0);
        Prop.ForAll(RandomLives.Lives, life =>
        {
            foreach (var type in life.History().Select(fact => fact.GetType()).Distinct())
            {
                lives[type]++;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(Runs).WithReplay(20_260_302_101_010UL, 0x9E3779B97F4A7C15UL));
        Assert.All(lives, reached => Assert.InRange(reached.Value, Runs / 50, Runs));
    }

    private static Comparer<DeviceId> ByHash => Comparer<DeviceId>.Create((a, b) => a.Hash.CompareTo(b.Hash));

    private static Comparer<Type> ByName => Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));

    private static UserState Fold(IEnumerable<UserEvent> events) => events.Aggregate(UserState.Initial, UserEvolution.Evolve);

    private static UserState Opened(UserState state)
    {
        var snapshots = new UserSnapshots(new byte[32]);
        return snapshots.Open(snapshots.Seal("user-1-0", new StreamHead(state.Version, default), state))!;
    }

    private static IEnumerable<Session> Live(UserState state) => state.Sessions.Where(session => session.IsLive);

    private static UserEvent Stored(UserEvent fact) => UserEventCodec.Decode(UserEventCodec.NameOf(fact), UserEventCodec.Encode(fact));

    private static void ForEveryPassage(Func<Passage, SessionPolicy, bool> law, [CallerMemberName] string name = "") =>
        ForEveryLife(life => life.Live().All(passage => law(passage, life.Policy)), name);

    private static void ForEveryLife(Func<Life, bool> law, [CallerMemberName] string name = "") =>
        Prop.ForAll(RandomLives.Lives, law).Check(Config.QuickThrowOnFailure.WithName(name).WithMaxTest(Runs));
}
