// Secrets for a developer's machine: made once, kept in the data folder, readable by their owner alone. Never used outside Development.
using System.Buffers.Text;
using System.Security.Cryptography;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>Makes and keeps the secrets that Development does without configuration.</summary>
/// <param name="folder">Where they are kept.</param>
internal sealed class DevelopmentSecrets(string folder)
{
    /// <summary>The file of the management key, so that a walk-through can read it: <c>$(cat …/management.key)</c>.</summary>
    public const string ManagementKeyFile = "management.key";

    /// <summary>The key of a program's tokens: base64url of 32 random bytes.</summary>
    public string TokenKey(string program) => Keep($"token-{program}.key");

    /// <summary>The key that users' ids are made with: base64url of 32 random bytes.</summary>
    public string UserKey() => Keep("user.key");

    /// <summary>The management key.</summary>
    public string ManagementKey() => Keep(ManagementKeyFile);

    private string Keep(string name)
    {
        var path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(folder);
            // Written aside and moved, so that no second process ever reads half a key.
            var fresh = $"{path}.{Environment.ProcessId}";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var file = new StreamWriter(fresh, options))
            {
                file.Write(Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
            }

            try
            {
                File.Move(fresh, path, overwrite: false);
            }
            catch (IOException) when (File.Exists(path))
            {
                File.Delete(fresh); // Another process was faster: its key is the key.
            }
        }

        return File.ReadAllText(path).Trim();
    }
}
