// What the login service says of a device is stored when it is new, and its push reference is forgotten with its last session.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_devices_are_described
{
    private static readonly DeviceDescription Pixel = new("Pixel 8", "GP4BC", "phone", "5.1.0", "ref-1");

    [Fact]
    public void A_description_is_stored_with_the_sign_in_and_once() =>
        Given()
            .When(Report(First, Phone) with { Description = Pixel }).Then(
                StartOutcome.Started, Started(First, Phone).AsFirst(), new DeviceDescribed(Minute(0), Phone, Pixel))
            .When(Report(First, Phone) with { Description = Pixel }).Then(StartOutcome.AlreadyStarted);

    [Fact]
    public void A_repeat_that_says_something_new_is_stored() =>
        Given(Started(First, Phone), new DeviceDescribed(Minute(0), Phone, Pixel))
            .When(Report(First, Phone) with { Description = Pixel with { AppVersion = "5.2.0" } }).Then(
                StartOutcome.AlreadyStarted, new DeviceDescribed(Minute(0), Phone, Pixel with { AppVersion = "5.2.0" }));

    [Fact]
    public void The_push_reference_is_forgotten_with_the_last_session_on_the_device()
    {
        var described = Given(Started(First, Phone), Described(Phone, "Pixel 8", "ref-1"), Started(Second, Tablet, 1));
        described.Knows(Phone, "ref-1").When(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.SignedOut, Left(First, Phone))
            .Knows(Phone, push: null);
        described.When(End(Scope.Device, device: Phone)).Then(
                EndOutcome.Ended, Ended(Scope.Device, [(First, Phone)], [Phone], Tablet))
            .Knows(Phone, push: null);
    }

    [Fact]
    public void The_user_names_a_device_and_the_name_outlives_a_description()
    {
        var named = Given(Started(First, Phone), Described(Phone, "Pixel 8"))
            .When(new RenameDevice(Minute(10), First, Phone.Hash, "Work")).Then(
                ChangeOutcome.Changed, new DeviceRenamed(Minute(10), First, Phone, "Work"));
        named.When(new RenameDevice(Minute(11), First, Phone.Hash, "Work")).Then(ChangeOutcome.Unchanged);
        named.When(new RenameDevice(Minute(11), First, Tablet.Hash, "Home")).Then(ChangeOutcome.Unknown);
        named.When(new RenameDevice(Minute(11), Second, Phone.Hash, "Mine")).Then(ChangeOutcome.AskerEnded);
    }

    [Fact]
    public void What_is_known_of_devices_is_bounded_and_those_in_use_stay()
    {
        var history = new List<UserEvent> { Started(First, Phone), Described(Phone, "Pixel 8") };
        for (var number = 0; number < UserState.DevicesMax; number++)
        {
            history.Add(Described(DeviceId.Of($"device {number}"), $"Device {number}"));
        }

        Given(history).Knows(Phone, push: null).KnowsNothingOf(DeviceId.Of("device 0"));
    }
}
