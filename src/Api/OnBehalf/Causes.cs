// By whom a session was ended, in the words that apps and people get.
namespace BankEzy.Sessions.Api.OnBehalf;

internal static class Causes
{
    /// <summary>By whom, in one word: another-device, bank; app where nobody asked on the user's behalf.</summary>
    public static string ByOf(Cause? cause) => cause is null ? "app" : ByOf(cause.Kind);

    /// <inheritdoc cref="ByOf(Cause)"/>
    public static string ByOf(CauseKind kind) => kind == CauseKind.OtherDevice ? "another-device" : "bank";

    /// <summary>Why a session ended, for the person: you, another-device, bank, limit or new-sign-in.</summary>
    public static string ByOf(EndedView ended) => ended.Kind switch
    {
        EndKind.SignedOut or EndKind.DeviceSignedOut => "you",
        EndKind.Expired => "limit",
        EndKind.Superseded => "new-sign-in",
        _ => ByOf(ended.Cause),
    };

    /// <summary>The reason that the person may read: what the person asked for, or that it was for the person's safety.</summary>
    public static string? ReasonFor(Cause? cause) => cause?.Reason switch
    {
        "phone-lost" or "phone-stolen" or "customer-asked" => "you-asked",
        "fraud-suspected" or "account-takeover" => "for-your-safety",
        _ => null,
    };
}

/// <summary>How a session ended, for the person: "why was I signed out?"</summary>
/// <param name="Device">The label of the device it lived on.</param>
/// <param name="By">you, another-device, bank, limit or new-sign-in.</param>
/// <param name="At">When.</param>
/// <param name="Reason">you-asked or for-your-safety, where the bank ended it.</param>
/// <param name="Sentence">The bank's sentence, in the first of the reader's languages that it has.</param>
/// <param name="Name">What the device is called.</param>
public sealed record WhyEnded(
    string Device, string By, DateTime At, string? Reason = null, string? Sentence = null, string? Name = null)
{
    internal static WhyEnded Of(EndedView ended, Wording wording, string? language, string? name = null) => new(
        ended.Device.LabelText, Causes.ByOf(ended), ended.At.UtcDateTime, Causes.ReasonFor(ended.Cause),
        wording.TextOf(ended.Cause?.Sentence, language), name);
}
