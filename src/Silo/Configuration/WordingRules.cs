// The rules of Sessions__Reasons and Sessions__Sentences.
using BankEzy.Sessions.Api.OnBehalf;

namespace BankEzy.Sessions.Silo.Configuration;

internal static class WordingRules
{
    private const int TextMax = 200;
    private const int LanguageLength = 2;

    /// <summary>Reads the bank's reasons and sentences.</summary>
    public static Wording Read(SettingsReader reader)
    {
        var reasons = reader.List("Reasons");
        foreach (var reason in reasons.Where(reason => !Wording.IsCode(reason)))
        {
            reader.Fault($"{SettingsReader.NameOf("Reasons")} has '{reason}': a reason is 2 to 32 lower-case letters and hyphens.");
        }

        var codes = reader.Children("Sentences").ToList();
        if (reasons.Count > Wording.Max || codes.Count > Wording.Max)
        {
            reader.Fault($"{SettingsReader.NameOf("Reasons")} and {SettingsReader.NameOf("Sentences")} may have {Wording.Max} "
                + "entries each.");
        }

        return new Wording(reasons, codes.ToDictionary(code => code, IReadOnlyDictionary<string, string> (code) => Texts(reader, code)));
    }

    private static Dictionary<string, string> Texts(SettingsReader reader, string code)
    {
        var key = $"Sentences:{code}";
        var texts = reader.Children(key).ToDictionary(language => language, language => reader.Text($"Sentences:{code}:{language}", ""));
        if (!Wording.IsCode(code))
        {
            reader.Fault($"{SettingsReader.NameOf(key)}: a sentence's code is 2 to 32 lower-case letters and hyphens.");
        }

        if (texts.Count == 0 || texts.Any(text => text.Key.Length != LanguageLength || text.Key.Any(letter => letter is < 'a' or > 'z')))
        {
            reader.Fault($"{SettingsReader.NameOf(key)} needs a text for each language: {SettingsReader.NameOf(key)}__en=…");
        }

        if (texts.Values.Any(text => text.Length is 0 or > TextMax || text.Any(char.IsControl)))
        {
            reader.Fault($"{SettingsReader.NameOf(key)}: a sentence has 1 to {TextMax} characters.");
        }

        return texts;
    }
}
