// A file of management keys, as Kubernetes mounts it from a secret:
// {"Keys":[{"Name":"…","Key":"…","Roles":["support"],"Programs":[2001]}]}
using System.Text;
using System.Text.Json;

namespace BankEzy.Sessions.Silo.Configuration;

internal static class ManagementKeysFile
{
    private const int SizeMax = 1024 * 1024;

    /// <summary>The file's content.</summary>
    /// <exception cref="IOException">It cannot be read; also for want of rights, and for more than 1 MiB.</exception>
    public static byte[] ReadBytes(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Length <= SizeMax
                ? File.ReadAllBytes(path)
                : throw new IOException($"It has more than {SizeMax} bytes.");
        }
        catch (UnauthorizedAccessException e)
        {
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>The file as settings of the same names as the variables have; empty where it cannot be used, which is a fault.</summary>
    public static IConfiguration Load(string path, SettingsReader reader)
    {
        try
        {
            using var json = new MemoryStream(ReadBytes(path));
            var read = new ConfigurationBuilder().AddJsonStream(json).Build();
            var members = read.AsEnumerable().Where(pair => pair.Value is not null)
                .Select(pair => KeyValuePair.Create($"Sessions:Management:{pair.Key}", pair.Value));
            return new ConfigurationBuilder().AddInMemoryCollection(members).Build();
        }
        catch (IOException)
        {
            reader.Fault($"Sessions__Management__KeysFile: {path} cannot be read: it must be a file of at most 1 MiB that this process may "
                + "read.");
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or JsonException or DecoderFallbackException)
        {
            // Not the parser's own text: it repeats a part of the file.
            reader.Fault($"Sessions__Management__KeysFile: {path} is not JSON of the form "
                + "{\"Keys\":[{\"Name\":\"…\",\"Key\":\"…\",\"Roles\":[\"…\"]}]}.");
        }

        return new ConfigurationBuilder().Build();
    }
}
