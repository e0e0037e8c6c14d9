// docker-compose.yml, with its anchors resolved, and the secrets that deploy/make-secrets makes for it.
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.Serialization;

namespace BankEzy.Sessions.Tests.Repository;

internal sealed class ComposeFile(IReadOnlyDictionary<object, object> root)
{
    public IEnumerable<string> Services => Map(root["services"]).Keys.Cast<string>();

    public static ComposeFile Load() => Read(RepositoryFiles.Read("docker-compose.yml"));

    public static ComposeFile Read(string text)
    {
        var parser = new MergingParser(new Parser(new StringReader(text)));
        parser.Consume<StreamStart>();
        return new ComposeFile(new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(parser));
    }

    /// <summary>The files that deploy/make-secrets makes, each as its variables, in the order of the file.</summary>
    public static async Task<IReadOnlyDictionary<string, KeyValuePair<string, string>[]>> MadeSecrets()
    {
        var folder = Directory.CreateTempSubdirectory("bankezy-secrets-").FullName;
        try
        {
            var script = Path.Combine(folder, "make-secrets");
            File.Copy(Path.Combine(RepositoryFiles.Root, "deploy/make-secrets"), script);
            var (exitCode, _, errors) = await Programs.Run(Programs.Find("bash"), script, "2001", "127.0.0.1");
            Assert.True(exitCode == 0, errors);
            return Directory.EnumerateFiles(Path.Combine(folder, "secrets")).ToDictionary(
                file => Path.GetFileName(file)!,
                file => File.ReadLines(file).Select(line => line.Split('=', 2))
                    .Select(pair => KeyValuePair.Create(pair[0], pair[1])).ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    public IReadOnlyDictionary<object, object> Service(string name) => Map(Map(root["services"])[name]);

    public IEnumerable<KeyValuePair<string, string>> Environment(string service) =>
        Map(Service(service)["environment"]).Select(pair => KeyValuePair.Create((string)pair.Key, (string)pair.Value));

    /// <summary>The names in a section of a service, which may be a list or a map.</summary>
    public IEnumerable<string> NamesIn(string service, string section) => Service(service).GetValueOrDefault(section) switch
    {
        null => [],
        IEnumerable<KeyValuePair<object, object>> map => map.Select(pair => (string)pair.Key),
        IEnumerable<object> list => list.Cast<string>(),
        var one => [(string)one],
    };

    /// <summary>The names in a section of the file.</summary>
    public IEnumerable<string> NamesIn(string section) => Map(root[section]).Keys.Cast<string>();

    public IReadOnlyDictionary<object, object> Network(string name) => Map(Map(root["networks"])[name]);

    public static IReadOnlyDictionary<object, object> Map(object value) => (IReadOnlyDictionary<object, object>)value;
}
