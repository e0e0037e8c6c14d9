// What the files of deploy/ set, the service accepts: every name exists, every secret that a start demands is there.
using k8s.Models;

namespace BankEzy.Sessions.Tests.Repository;

public class DeployedSettingsTests
{
    public static TheoryData<string> Overlays => [.. Manifests.Under("overlays")];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task A_node_starts_with_what_an_overlay_and_the_template_of_its_secret_set(string overlay)
    {
        var objects = await Manifests.Render($"overlays/{overlay}");
        var secret = Assert.Single(Manifests.Read(RepositoryFiles.Read($"{Manifests.Folder}/secret.template.yaml")).OfType<V1Secret>());
        foreach (var container in objects.OfType<V1Deployment>().Select(deployment => deployment.Spec.Template.Spec.Containers.Single()))
        {
            var values = objects.OfType<V1ConfigMap>().Single().Data
                .Concat(secret.StringData.Select(pair => KeyValuePair.Create(pair.Key, FilledIn.Value(pair.Key))))
                .Concat((container.Env ?? []).Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));
            FilledIn.AssertAccepted(values);
        }
    }

    [Theory]
    [InlineData("silo")]
    [InlineData("front")]
    public async Task A_node_starts_with_what_Compose_and_make_secrets_set(string service)
    {
        var secrets = await ComposeFile.MadeSecrets();
        FilledIn.AssertAccepted([.. ComposeFile.Load().Environment(service), .. secrets["node.env"]]);
    }
}
