// The wire itself: values come back as they went, and versions that differ by an added member understand each other.
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace BankEzy.Sessions.Tests.Cluster;

[GenerateSerializer, Alias("wire-before")]
public sealed record WireBefore([property: Id(0)] long Version, [property: Id(1)] SessionId Session);

[GenerateSerializer, Alias("wire-after")]
public sealed record WireAfter(
    [property: Id(0)] long Version,
    [property: Id(1)] SessionId Session,
    [property: Id(2)] string? Added,
    [property: Id(3)] DeviceId Device);

public sealed class OrleansWireTests
{
    private static readonly SessionId Session = new(new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]));
    private static readonly DeviceId Device = DeviceId.Of("tdid:zoqDZXDF59W+5yuhCodFoDGCGXTo8uHJkVRhLTOxk6o=:7971");
    private static readonly DateTimeOffset At = new(2026, 11, 22, 9, 0, 0, 123, TimeSpan.Zero);

    private readonly Serializer serializer =
        new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();

    [Fact]
    public void Commands_and_replies_come_back_as_they_went()
    {
        Same(new SignOut(At, Session, Mode.Device, Device, At, At.AddHours(1), "100"));
        Same(new StartSession(At, Session, Device, Mode.Pin, At, "100"));
        Same(new Inspect(At, Session, null));
        Same(new InspectReply(Standing.Live, At, At));
        Same(new ExpireReply(null));
        Same(new SignOutReply(SignOutOutcome.OtherDevice, long.MaxValue));
        var view = new UserView(7, [new SessionView(Session, Device, Mode.Pin, At, At)], [new NoticeView(Device, 3, At, Device)]);
        var details = new UserDetails(
            view, "100", [new DeviceView(Device, [], [new EndedSessionView(Session, 2)], At, true, new DeviceDescription("Pixel 8"))],
            [new EndedView(Session, Device, EndKind.OnBehalf, 2, At, new Cause(CauseKind.Support, Key: "desk"))],
            [new LockView(null, At, null, new Cause(CauseKind.OtherDevice, Session))]);
        var back = Sent<UserDetails, UserDetails>(details);
        Assert.Equal(
            (7, view.Sessions[0], view.Notices[0]), (back.View.Version, back.View.Sessions.Single(), back.View.Notices.Single()));
        Assert.Equal(
            (details.Devices[0].Description, details.Ended[0], details.Locks[0]),
            (back.Devices.Single().Description, back.Ended.Single(), back.Locks.Single()));
        Same(new EndSessions(At, Session.Value, Scope.Device, new Cause(CauseKind.Support), Session, Device.Hash, true, true, At, "100"));
        Same(new SetLock(At, Session.Value, new Cause(CauseKind.Incident, Incident: "x"), true, Device.Hash, At));
    }

    [Fact]
    public void A_silo_leaves_out_a_member_that_it_does_not_know_yet()
    {
        var before = Sent<WireAfter, WireBefore>(new WireAfter(5, Session, "new", Device));
        Assert.Equal(new WireBefore(5, Session), before);
    }

    [Fact]
    public void A_silo_gets_nothing_for_a_member_that_the_other_does_not_know_yet()
    {
        var after = Sent<WireBefore, WireAfter>(new WireBefore(5, Session));
        Assert.Equal(new WireAfter(5, Session, Added: null, default), after);
    }

    private void Same<T>(T value) => Assert.Equal(value, Sent<T, T>(value));

    private TOther Sent<T, TOther>(T value) => serializer.Deserialize<TOther>(serializer.SerializeToArray(value))!;
}
