// The management keys: with a name, roles and programs, or as a plain text that may do everything. From variables, and from a file that may
// change while the service runs.
using System.Globalization;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Api.Security;

namespace BankEzy.Sessions.Silo.Configuration;

internal static partial class ManagementKeyRules
{
    /// <summary>The least characters of a key.</summary>
    public const int KeyMin = 16;

    private const int KeysOfOneNameMax = 2; // one is replaced by the other

    /// <summary>Reads all keys at the start.</summary>
    public static IReadOnlyList<ManagementKeySettings> Read(
        SettingsReader reader, IReadOnlyList<ProgramSettings> programs, DevelopmentSecrets? secrets, out string? keysFile)
    {
        keysFile = reader.Text("Management:KeysFile", "") is { Length: > 0 } path ? path : null;
        List<ManagementKeySettings> keys = [.. ReadList(reader, programs, setting => setting)];
        if (keysFile is not null)
        {
            keys.AddRange(ReadFile(reader, keysFile, ManagementKeysFile.TryRead(keysFile), programs));
        }

        if (keys.Count == 0 && keysFile is null && secrets is not null)
        {
            return [new ManagementKeySettings(ListName(0), "key-0", IsNamed: false, secrets.ManagementKey(), Roles.All)];
        }

        Check(reader, keys, isDevelopment: secrets is not null);
        return keys;
    }

    /// <summary>The keys that hold once the file has another content.</summary>
    /// <param name="settings">The settings of the start.</param>
    /// <param name="content">The file's content; null where it cannot be read.</param>
    /// <returns>Those keys, and the keys that stand elsewhere.</returns>
    /// <exception cref="SettingsException">They cannot be used; the message lists every fault.</exception>
    public static IReadOnlyList<ManagementKeySettings> ReadAgain(Settings settings, byte[]? content)
    {
        var reader = new SettingsReader(new ConfigurationBuilder().Build());
        List<ManagementKeySettings> keys =
        [
            .. settings.ManagementKeys.Where(key => !key.IsFromFile),
            .. ReadFile(reader, settings.ManagementKeysFile!, content, settings.Programs),
        ];
        Check(reader, keys, settings.IsDevelopment);
        if (!settings.IsDevelopment)
        {
            SecretRules.Check(reader, settings.UserKey, settings.Programs, keys);
        }

        reader.Done();
        return keys;
    }

    private static string ListName(int index) => SettingsReader.NameOf($"Management:Keys:{index}");

    private static List<ManagementKeySettings> ReadFile(
        SettingsReader reader, string path, byte[]? content, IReadOnlyList<ProgramSettings> programs)
    {
        var file = new SettingsReader(ManagementKeysFile.Load(path, content, reader));
        var keys = ReadList(file, programs, setting => $"{path}: {setting}").Select(key => key with { IsFromFile = true }).ToList();
        foreach (var key in keys.Where(key => !key.IsNamed))
        {
            file.Fault($"{key.Setting} has no name: in this file each key is an object with Name, Key and Roles.");
        }

        foreach (var fault in file.Faults())
        {
            reader.Fault(fault);
        }

        return keys;
    }

    private static List<ManagementKeySettings> ReadList(
        SettingsReader reader, IReadOnlyList<ProgramSettings> programs, Func<string, string> settingOf)
    {
        var keys = new List<ManagementKeySettings>();
        foreach (var n in reader.Indices("Management:Keys"))
        {
            var (plain, setting) = (reader.Text($"Management:Keys:{n}", ""), settingOf(SettingsReader.NameOf($"Management:Keys:{n}")));
            var hasMembers = reader.Children($"Management:Keys:{n}").Any();
            if (plain.Length > 0 && hasMembers)
            {
                reader.Fault($"{setting} is a key, and has members as well: move the key to {setting}__Key.");
            }
            else if (plain.Length > 0)
            {
                keys.Add(new ManagementKeySettings(setting, $"key-{keys.Count}", IsNamed: false, plain, Roles.All));
            }

            if (hasMembers)
            {
                keys.Add(ReadOne(reader, programs, n, setting));
            }
        }

        return keys;
    }

    private static ManagementKeySettings ReadOne(
        SettingsReader reader, IReadOnlyList<ProgramSettings> programs, string n, string setting)
    {
        var (name, key) = (reader.Text($"Management:Keys:{n}:Name", ""), reader.Text($"Management:Keys:{n}:Key", ""));
        if (!Name().IsMatch(name))
        {
            reader.Fault($"{setting}__Name must be 2 to 32 of a-z, 0-9 and -.");
        }

        if (key.Length == 0)
        {
            reader.Fault($"{setting}__Key is missing: set a random text of at least {KeyMin} characters (openssl rand -hex 32).");
        }

        string[] roles = [.. Split(reader.Text($"Management:Keys:{n}:Roles", "")), .. reader.List($"Management:Keys:{n}:Roles")];
        return new ManagementKeySettings(
            setting, name, IsNamed: true, key, RolesOf(reader, setting, roles),
            ProgramsOf(reader, setting, programs, [.. reader.List($"Management:Keys:{n}:Programs")]));
    }

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static Roles RolesOf(SettingsReader reader, string setting, string[] names)
    {
        var roles = Roles.None;
        foreach (var name in names)
        {
            roles |= RoleNames.TryParse(name, out var role) ? role : Roles.None;
        }

        if (names.Length == 0 || names.Any(name => !RoleNames.TryParse(name, out _)))
        {
            reader.Fault($"{setting}__Roles must be one or several of {RoleNames.TextOf(Roles.All, "and")}, with commas.");
        }

        return roles;
    }

    private static int[]? ProgramsOf(SettingsReader reader, string setting, IReadOnlyList<ProgramSettings> programs, string[] ids)
    {
        var known = programs.Where(program => ids.Contains(program.Id.ToString(CultureInfo.InvariantCulture))).ToList();
        if (ids.Distinct().Count() != known.Count)
        {
            reader.Fault($"{setting}__Programs names a program that is not configured: each must be one of Sessions__Programs__<id>. "
                + "Without Programs the key is for all.");
        }

        return ids.Length == 0 ? null : [.. known.Select(program => program.Id)];
    }

    // What is wrong with a key by itself, and with keys beside each other. No message holds a key.
    private static void Check(SettingsReader reader, List<ManagementKeySettings> keys, bool isDevelopment)
    {
        if (keys.Count == 0)
        {
            reader.Fault($"Sessions__Management__Keys__0 is missing: set a random text of at least {KeyMin} characters; "
                + "other services and operators send it as a bearer key.");
        }

        foreach (var key in keys.Where(key => key.Key.Length > ManagementKeys.KeyMax))
        {
            reader.Fault($"{key.Setting}: a key must have at most {ManagementKeys.KeyMax} characters.");
        }

        foreach (var key in keys.Where(key => !isDevelopment && key.Key.Length is > 0 and < KeyMin))
        {
            reader.Fault($"{key.Setting}: a key must have at least {KeyMin} characters (openssl rand -hex 32).");
        }

        foreach (var same in keys.Where(key => key.Key.Length > 0).GroupBy(key => key.Key).Where(group => group.Count() > 1))
        {
            reader.Fault($"{string.Join(" and ", same)} are the same key: each needs its own.");
        }

        foreach (var same in keys.Where(key => Name().IsMatch(key.Name)).GroupBy(key => key.Name).Where(group => !MayShare([.. group])))
        {
            reader.Fault($"{string.Join(" and ", same)} have one name: give each its own. Two keys may share a name while one replaces "
                + "the other, and then need the same roles and programs.");
        }
    }

    private static bool MayShare(ManagementKeySettings[] keys) => keys.Length == 1
        || (keys.Length <= KeysOfOneNameMax && keys.All(key => key.IsNamed)
            && keys.Select(key => key.ToKey() with { Digest = "" }).Distinct().Count() == 1);

    [GeneratedRegex("^[a-z0-9-]{2,32}$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
