// A file of management keys, as Kubernetes mounts it from a secret:
// {"Keys":[{"Name":"…","Key":"…","Roles":["support"],"Programs":[2001]}]}
using System.Text;
using System.Text.Json;

namespace BankEzy.Sessions.Silo.Configuration;

internal static class ManagementKeysFile
{
    private const int SizeMax = 1024 * 1024;

    /// <summary>The file's content; null where it cannot be read, also for want of rights or for more than 1 MiB.</summary>
    public static byte[]? TryRead(string path)
    {
        try
        {
            return new FileInfo(path).Length <= SizeMax ? File.ReadAllBytes(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The content as settings of the same names as the variables have; empty where it cannot be used, which is a fault.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="content">What <see cref="TryRead"/> has read of it.</param>
    /// <param name="reader">Takes faults.</param>
    public static IConfiguration Load(string path, byte[]? content, SettingsReader reader)
    {
        if (content is null)
        {
            reader.Fault($"Sessions__Management__KeysFile: {path} cannot be read: it must be a file of at most 1 MiB that this process may "
                + "read.");
            return new ConfigurationBuilder().Build();
        }

        try
        {
            using var json = new MemoryStream(content);
            var read = new ConfigurationBuilder().AddJsonStream(json).Build();
            var members = read.AsEnumerable().Where(pair => pair.Value is not null)
                .Select(pair => KeyValuePair.Create($"Sessions:Management:{pair.Key}", pair.Value));
            return new ConfigurationBuilder().AddInMemoryCollection(members).Build();
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or JsonException or DecoderFallbackException)
        {
            // Not the parser's own text: it repeats a part of the file.
            reader.Fault($"Sessions__Management__KeysFile: {path} is not JSON of the form "
                + "{\"Keys\":[{\"Name\":\"…\",\"Key\":\"…\",\"Roles\":[\"…\"]}]}.");
            return new ConfigurationBuilder().Build();
        }
    }
}
