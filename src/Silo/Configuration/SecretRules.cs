// Secrets that anybody could know or guess, or that would open more than one thing, stop the start outside Development.
using System.Buffers.Text;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Silo.Configuration;

internal static class SecretRules
{
    // 32 random bytes have 30 different ones on average; fewer than 20 is not seen in a lifetime.
    private const int DistinctBytesMin = 20;
    private const int DistinctCharactersMin = 8;

    // Keys that stand in public texts open tokens for everybody who has read them: our own test vectors', and those of the specification of
    // AES-GCM. Keys that count up or down are found by rule.
    private static readonly string[] Published =
        ["QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8", "_v_pkoZlcxxtao-UZzCDCP7_6ZKGZXMcbWqPlGcwgwg"];

    private const string HowToMakeABearerKey = "openssl rand -hex 32";

    private sealed record Secret(string Name, string List, string Text);

    /// <summary>Reports each secret that is published or weak, and each pair that is the same.</summary>
    public static void Check(
        SettingsReader reader, byte[] userKey, IReadOnlyList<ProgramSettings> programs, IReadOnlyList<ManagementKeySettings> managementKeys)
    {
        List<Secret> randomKeys =
        [
            new Secret("Sessions__UserKey", "UserKey", Base64Url.EncodeToString(userKey)),
            .. programs.SelectMany(program => Named($"Programs:{program.Id}:TokenKeys", program.TokenKeys)),
            .. programs.SelectMany(program => Named($"Programs:{program.Id}:AppTokenKeys", program.AppTokenKeys)),
        ];
        randomKeys.RemoveAll(key => key.Text.All(letter => letter == 'A')); // missing, or reported where it is read
        foreach (var key in randomKeys.Where(key => IsKnownToOthers(key.Text)))
        {
            reader.Fault($"{key.Name} is a key from public texts or is not random: make your own ({SettingsRules.HowToMakeAKey}).");
        }

        var bearerKeys = managementKeys.Select(key => new Secret(key.Setting, "Management:Keys", key.Key)).ToList();
        foreach (var key in bearerKeys.Where(IsWeak))
        {
            reader.Fault(
                $"{key.Name} has fewer than {DistinctCharactersMin} different characters: make a random one ({HowToMakeABearerKey}).");
        }

        ReportEqual(reader, [.. randomKeys, .. bearerKeys]);
        foreach (var key in bearerKeys.Where(key => programs.Any(program => program.ApiKeys.Contains(key.Text))))
        {
            reader.Fault($"{key.Name} is also an API key, which every app holds: make a random one ({HowToMakeABearerKey}).");
        }
    }

    // Two keys of one list are compared where the list is read.
    private static void ReportEqual(SettingsReader reader, IReadOnlyList<Secret> secrets)
    {
        foreach (var equal in secrets.GroupBy(secret => secret.Text).Where(group => group.DistinctBy(secret => secret.List).Count() > 1))
        {
            reader.Fault($"{string.Join(" and ", equal.Select(secret => secret.Name))} are the same: each program and each kind of key "
                + "needs its own. Where a program's app tokens have the key of its login tokens, leave AppTokenKeys out.");
        }
    }

    // One that is too short has been reported by its own rule.
    private static bool IsWeak(Secret bearerKey) =>
        bearerKey.Text.Length >= ManagementKeyRules.KeyMin && bearerKey.Text.Distinct().Count() < DistinctCharactersMin;

    private static IEnumerable<Secret> Named(string key, IReadOnlyList<string> texts) =>
        texts.Select((text, i) => new Secret($"{SettingsReader.NameOf(key)}__{i}", key, text));

    // A text that is no key at all has been reported by its own rule.
    private static bool IsKnownToOthers(string base64Url)
    {
        if (Published.Contains(base64Url))
        {
            return true;
        }

        Span<byte> bytes = stackalloc byte[TokenKeys.KeyBytes + 1];
        if (!Base64Url.IsValid(base64Url) || !Base64Url.TryDecodeFromChars(base64Url, bytes, out var length)
            || length != TokenKeys.KeyBytes)
        {
            return false;
        }

        var key = bytes[..length].ToArray();
        var step = (byte)(key[1] - key[0]);
        return key.Distinct().Count() < DistinctBytesMin || Enumerable.Range(1, length - 1).All(i => (byte)(key[i] - key[i - 1]) == step);
    }
}
