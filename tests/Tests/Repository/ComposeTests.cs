// docker-compose.yml fits itself, the image and the proxy's configuration.
using System.Net;
using System.Text.RegularExpressions;

namespace BankEzy.Sessions.Tests.Repository;

public partial class ComposeTests
{
    private readonly ComposeFile compose = ComposeFile.Load();

    [Fact]
    public void Services_name_only_networks_volumes_and_services_that_exist()
    {
        foreach (var service in compose.Services)
        {
            Assert.Subset(compose.NamesIn("networks").ToHashSet(), compose.NamesIn(service, "networks").ToHashSet());
            Assert.Subset(compose.Services.ToHashSet(), compose.NamesIn(service, "depends_on").ToHashSet());
            foreach (var source in compose.NamesIn(service, "volumes").Select(volume => volume.Split(':')[0]))
            {
                var isFile = source.StartsWith("./", StringComparison.Ordinal);
                var exists = isFile ? RepositoryFiles.Has(source) : compose.NamesIn("volumes").Contains(source);
                Assert.True(exists, $"{service} mounts {source}, which does not exist.");
            }
        }
    }

    [Fact]
    public async Task Every_file_of_variables_is_one_that_make_secrets_makes()
    {
        var made = await ComposeFile.MadeSecrets();
        Assert.Equal(
            compose.Services.SelectMany(service => compose.NamesIn(service, "env_file")).Distinct().Order(),
            made.Keys.Select(name => $"deploy/secrets/{name}").Order());
    }

    [Fact]
    public void Silos_and_front_ends_can_be_started_in_any_number()
    {
        foreach (var service in (string[])["silo", "front"])
        {
            var description = compose.Service(service);
            Assert.False(description.ContainsKey("container_name"));
            Assert.Contains(compose.Environment(service), pair => pair is { Key: "Sessions__Cluster__Address", Value: "auto" });
            Assert.DoesNotContain("ipv4_address", string.Join(' ', ComposeFile.Map(description).Keys), StringComparison.Ordinal);
            Assert.All(compose.NamesIn(service, "ports"), port => Assert.Matches(PortRange(), port)); // a single port has room for one
        }
    }

    [Fact]
    public void The_proxy_looks_up_front_ends_on_a_network_of_both_and_its_own_address_is_given_to_no_other()
    {
        var name = Server().Match(RepositoryFiles.Read("deploy/nginx/nodes.conf")).Groups[1].Value;
        Assert.Contains(name, compose.Services);
        var shared = Assert.Single(compose.NamesIn("proxy", "networks").Intersect(compose.NamesIn(name, "networks")));
        var proxy = IPAddress.Parse((string)ComposeFile.Map(ComposeFile.Map(compose.Service("proxy")["networks"])[shared])["ipv4_address"]);
        Assert.Contains(compose.Environment(name), pair => pair.Key == "Sessions__Public__KnownProxies__0" && pair.Value == $"{proxy}");
        var pool = ComposeFile.Map(((IEnumerable<object>)ComposeFile.Map(compose.Network(shared)["ipam"])["config"]).Single());
        Assert.True(IPNetwork.Parse((string)pool["subnet"]).Contains(proxy));
        Assert.False(IPNetwork.Parse((string)pool["ip_range"]).Contains(proxy));
    }

    [Fact]
    public void Only_the_proxy_is_published_beyond_this_machine()
    {
        foreach (var service in compose.Services.Where(service => service != "proxy"))
        {
            Assert.All(compose.NamesIn(service, "ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
        }

        Assert.Equal("true", compose.Network("inner")["internal"]);
    }

    [Fact]
    public void The_new_database_runs_the_script_that_makes_the_roles_and_nothing_else() =>
        Assert.Equal(
            "./deploy/postgres/01-roles.sql:/docker-entrypoint-initdb.d/01-roles.sql:ro",
            Assert.Single(compose.NamesIn("database", "volumes"), volume => volume.Contains("initdb.d", StringComparison.Ordinal)));

    [Fact]
    public async Task Docker_accepts_the_file()
    {
        var docker = Programs.Find("docker");
        var (hasCompose, _, _) = await Programs.Run(docker, "compose", "version");
        Assert.SkipWhen(hasCompose != 0, "LEFT OUT: docker is here without its compose plugin.");
        var secrets = Path.Combine(RepositoryFiles.Root, "deploy/secrets/node.env");
        Assert.SkipUnless(File.Exists(secrets), "LEFT OUT: docker compose asks for deploy/secrets; run deploy/make-secrets for this test.");
        var (exitCode, _, errors) = await Programs.Run(docker, "compose", "config", "--quiet");
        Assert.True(exitCode == 0, errors);
    }

    [Fact]
    public void The_image_is_built_from_every_project_of_the_service_and_its_lock_file()
    {
        var dockerfile = RepositoryFiles.Read("Dockerfile");
        foreach (var project in ProjectsOf("src/Silo/Silo.csproj").Distinct())
        {
            var folder = Path.GetDirectoryName(project)!.Replace('\\', '/');
            Assert.Contains($"COPY {project} {folder}/packages.lock.json {folder}/", dockerfile, StringComparison.Ordinal);
        }

        foreach (var source in Copied().Matches(dockerfile).SelectMany(match => match.Groups[1].Value.Split(' ')))
        {
            Assert.True(RepositoryFiles.Has(source), $"The Dockerfile copies {source}, which does not exist.");
        }
    }

    private static IEnumerable<string> ProjectsOf(string project) =>
        ProjectReference().Matches(RepositoryFiles.Read(project))
            .Select(match => Path.GetRelativePath(
                RepositoryFiles.Root, Path.Combine(RepositoryFiles.Root, Path.GetDirectoryName(project)!, match.Groups[1].Value))
                .Replace('\\', '/'))
            .SelectMany(ProjectsOf)
            .Append(project);

    [GeneratedRegex(@"^\S+:\d+-\d+:\d+$")]
    private static partial Regex PortRange();

    [GeneratedRegex(@"^server ([a-z-]+):10000 resolve ", RegexOptions.Multiline)]
    private static partial Regex Server();

    [GeneratedRegex(@"^COPY ((?!--from)\S+(?: \S+)*) \S+$", RegexOptions.Multiline)]
    private static partial Regex Copied();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex ProjectReference();
}
