// On which devices a user's device-based sign-in is off, in bounded memory that forgets only towards the safe side.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>
/// Where device-based sign-in is off. Up to <see cref="DevicesMax"/> devices are listed; when there would be more, the rule turns around:
/// from then on it is off everywhere but on the listed devices, which have signed in with the PIN since.
/// </summary>
/// <param name="IsOffUnlessListed">Whether the list says where it is on, and no longer where it is off.</param>
/// <param name="Listed">The devices, oldest first.</param>
internal readonly record struct DeviceSignIn(bool IsOffUnlessListed, ImmutableArray<DeviceId> Listed)
{
    /// <summary>The most devices that are listed.</summary>
    public const int DevicesMax = 256;

    /// <summary>Nothing is off.</summary>
    public static readonly DeviceSignIn OnEverywhere = new(IsOffUnlessListed: false, []);

    /// <summary>Whether device-based sign-in is off on a device.</summary>
    public bool IsOff(DeviceId device) => Listed.Contains(device) != IsOffUnlessListed;

    /// <summary>After a sign-out of the device.</summary>
    public DeviceSignIn TurnOff(DeviceId device) =>
        IsOff(device) ? this
        : IsOffUnlessListed ? this with { Listed = Listed.Remove(device) }
        : Listed.Length == DevicesMax ? new DeviceSignIn(IsOffUnlessListed: true, [])
        : this with { Listed = Listed.Add(device) };

    /// <summary>After a sign-in with the PIN on the device: it proves the user anew.</summary>
    public DeviceSignIn TurnOn(DeviceId device) =>
        !IsOff(device) ? this
        : !IsOffUnlessListed ? this with { Listed = Listed.Remove(device) }
        : this with { Listed = (Listed.Length == DevicesMax ? Listed.RemoveAt(0) : Listed).Add(device) };

    public bool Equals(DeviceSignIn other) => IsOffUnlessListed == other.IsOffUnlessListed && Listed.SequenceEqual(other.Listed);

    public override int GetHashCode() => HashCode.Combine(IsOffUnlessListed, Listed.Length);
}
