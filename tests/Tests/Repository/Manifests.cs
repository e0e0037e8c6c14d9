// The manifests for Kubernetes as kustomize renders them, read strictly: a field that an object does not have, or a value of another type,
// is an error.
using k8s;
using k8s.Models;

namespace BankEzy.Sessions.Tests.Repository;

/// <summary>The parts of the Gateway API's HTTPRoute that are used here; Kubernetes' own library does not have it.</summary>
internal sealed class HttpRoute : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public RouteSpec Spec { get; set; } = new();

    internal sealed class RouteSpec
    {
        public List<Parent> ParentRefs { get; set; } = [];

        public List<string> Hostnames { get; set; } = [];

        public List<Rule> Rules { get; set; } = [];
    }

    internal sealed class Parent
    {
        public string Name { get; set; } = "";

        public string Namespace { get; set; } = "";

        public string SectionName { get; set; } = "";
    }

    internal sealed class Rule
    {
        public List<Match> Matches { get; set; } = [];

        public Times Timeouts { get; set; } = new();

        public List<Backend> BackendRefs { get; set; } = [];
    }

    internal sealed class Match
    {
        public PathMatch Path { get; set; } = new();
    }

    internal sealed class PathMatch
    {
        public string Type { get; set; } = "";

        public string Value { get; set; } = "";
    }

    internal sealed class Times
    {
        public string Request { get; set; } = "";

        public string BackendRequest { get; set; } = "";
    }

    internal sealed class Backend
    {
        public string Name { get; set; } = "";

        public int Port { get; set; }
    }
}

internal static class Manifests
{
    public const string Folder = "deploy/kubernetes";

    private static readonly Dictionary<string, Type> Types = new() { ["gateway.networking.k8s.io/v1/HTTPRoute"] = typeof(HttpRoute) };

    /// <summary>The folders under one of <c>overlays</c> and <c>components</c>.</summary>
    public static IEnumerable<string> Under(string kind) =>
        Directory.EnumerateDirectories(Path.Combine(RepositoryFiles.Root, Folder, kind)).Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal);

    /// <summary>What kustomize makes of a folder, with more components than it names itself.</summary>
    public static async Task<IReadOnlyList<IKubernetesObject<V1ObjectMeta>>> Render(string overlay, params string[] components)
    {
        var folder = Path.Combine(RepositoryFiles.Root, Folder, overlay);
        using var aside = new TemporaryFolder();
        if (components.Length > 0)
        {
            string Relative(string name) => Path.GetRelativePath(aside.Path, Path.Combine(RepositoryFiles.Root, Folder, name));
            await File.WriteAllTextAsync(Path.Combine(aside.Path, "kustomization.yaml"), $"""
                apiVersion: kustomize.config.k8s.io/v1beta1
                kind: Kustomization
                resources: [{Relative(overlay)}]
                components: [{string.Join(", ", components.Select(component => Relative($"components/{component}")))}]
                """);
            folder = aside.Path;
        }

        var (exitCode, output, errors) = await Programs.Kustomize(folder);
        Assert.True(exitCode == 0, $"{overlay} with [{string.Join(", ", components)}]: {errors}");
        return Read(output);
    }

    /// <summary>The objects of a file or of kustomize's output.</summary>
    public static IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Read(string text) =>
        [.. KubernetesYaml.LoadAllFromString(text, Types, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()];

    private sealed class TemporaryFolder : IDisposable
    {
        // Beside the repository's own files, where a relative path reaches them whatever links the temporary folder has.
        public string Path { get; } = Directory.CreateDirectory(System.IO.Path.Combine(
            RepositoryFiles.Root, "artifacts", $"kustomize-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}")).FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
