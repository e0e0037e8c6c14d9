// Where the key comes from. Never from the command line.
namespace BankEzy.Sessions.Cli.Service;

/// <summary>Finds the management key.</summary>
internal static class ManagementKey
{
    public const string Variable = "SESSIONS_KEY";

    /// <summary>The key: of a file that was named, else of SESSIONS_KEY, else, for a service on this machine, the one that the service
    /// made for Development. Null where there is none.</summary>
    /// <exception cref="Failure">A file cannot be read, or what was found can be no key.</exception>
    public static string? Find(string? file, Uri service, Func<string, string?> variable)
    {
        if (file is not null)
        {
            return ReadKey(file);
        }

        if (variable(Variable) is { Length: > 0 } key)
        {
            return Check(key.Trim(), Variable);
        }

        var made = Path.Combine(DataFolder(variable), "management.key");
        return service.IsLoopback && File.Exists(made) ? ReadKey(made) : null;
    }

    private static string ReadKey(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim() is { Length: > 0 } key
                ? Check(key, $"the key file {file}")
                : throw Failure.Usage($"The key file {file} is empty.", "Write the management key into it, and nothing else.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Failure.Usage($"The key file {file} cannot be read: {failure.Message}", "Name a file that you may read with --key-file.");
        }
    }

    // A header takes no other characters; a message about it must not repeat them.
    private static string Check(string key, string where) => !key.AsSpan().ContainsAnyExceptInRange(' ', '~')
        ? key
        : throw Failure.Usage($"What is in {where} is no management key: it has a line break or a character that no key has.",
            "Write the management key into it, and nothing else.");

    // As the service finds its own (docs/configuration.md).
    private static string DataFolder(Func<string, string?> variable)
    {
        if (variable("Sessions__Sqlite__Path") is { Length: > 0 } log && Path.GetDirectoryName(Path.GetFullPath(log)) is { } folder)
        {
            return folder;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(home.Length > 0 ? home : "/var/lib", "bankezy-sessions");
    }
}
