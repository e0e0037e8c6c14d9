// The manifests for Kubernetes: each overlay renders, alone and with every component, and its objects fit each other and the service.
using k8s;
using k8s.Models;

namespace BankEzy.Sessions.Tests.Repository;

public class ManifestTests
{
    private const string Namespace = "bankezy-sessions";

    public static TheoryData<string, string> Renderings
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var overlay in Manifests.Under("overlays"))
            {
                data.Add(overlay, "");
                foreach (var component in Manifests.Under("components").Where(name => !Names(overlay, name)))
                {
                    data.Add(overlay, component);
                }
            }

            return data;
        }
    }

    public static TheoryData<string> Overlays => [.. Manifests.Under("overlays")];

    [Theory]
    [MemberData(nameof(Renderings))]
    public async Task Every_overlay_renders_with_every_component_and_its_objects_fit_each_other(string overlay, string component)
    {
        var objects = await Manifests.Render($"overlays/{overlay}", component.Length > 0 ? [component] : []);
        Assert.All(objects.Where(found => found is not V1Namespace), found => Assert.Equal(Namespace, found.Metadata.NamespaceProperty));
        var deployments = objects.OfType<V1Deployment>().ToList();
        Assert.NotEmpty(deployments);
        Assert.All(deployments, deployment => CheckDeployment(deployment, objects));
        var pods = deployments.Select(deployment => deployment.Spec.Template).ToList();
        foreach (var service in objects.OfType<V1Service>())
        {
            var target = Assert.Single(pods, pod => Selects(service.Spec.Selector, pod));
            var ports = target.Spec.Containers.Single().Ports;
            Assert.All(service.Spec.Ports, port => Assert.Contains(ports, own => own.Name == port.TargetPort.Value));
        }

        Assert.All(pods, pod =>
        {
            Assert.Single(objects.OfType<V1PodDisruptionBudget>(), budget => Selects(budget.Spec.Selector.MatchLabels, pod));
            Assert.Contains(objects.OfType<V1NetworkPolicy>(), policy => Selects(policy.Spec.PodSelector.MatchLabels, pod));
        });
        Assert.All(objects.OfType<V2HorizontalPodAutoscaler>(), autoscaler =>
        {
            var target = Assert.Single(deployments, deployment => deployment.Metadata.Name == autoscaler.Spec.ScaleTargetRef.Name);
            Assert.Null(target.Spec.Replicas); // else each "apply" would set it back
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Every_container_that_is_a_silo_can_reach_the_others_and_be_reached(string overlay)
    {
        var objects = await Manifests.Render($"overlays/{overlay}");
        var silos = Assert.Single(objects.OfType<V1Deployment>().Select(deployment => deployment.Spec.Template), pod =>
            (pod.Spec.Containers.Single().Env ?? []).All(variable => variable is not { Name: "Sessions__Role", Value: "api" }));
        Assert.All((int[])[11111, 30000], port =>
        {
            Assert.Contains(silos.Spec.Containers.Single().Ports, own => own.ContainerPort == port);
            Assert.Contains(objects.OfType<V1NetworkPolicy>(), policy => Selects(policy.Spec.PodSelector.MatchLabels, silos)
                && (policy.Spec.Ingress ?? []).Any(rule => rule.Ports.Any(own => own.Port.Value == $"{port}")
                    && rule.FromProperty.Any(peer => peer.PodSelector is { } selector && Selects(selector.MatchLabels, silos))));
            Assert.Contains(objects.OfType<V1NetworkPolicy>(), policy => Selects(policy.Spec.PodSelector.MatchLabels, silos)
                && (policy.Spec.Egress ?? []).Any(rule => rule.Ports.Any(own => own.Port.Value == $"{port}")
                    && rule.To.Any(peer => peer.PodSelector is { } selector && Selects(selector.MatchLabels, silos))));
        });
    }

    [Theory]
    [InlineData("kind: Service", "kind: Servise")]
    [InlineData("podSelector:", "podSelektor:")]
    [InlineData("replicas: 3", "replicas: three")]
    public async Task The_check_finds_a_wrong_kind_field_and_type(string right, string wrong)
    {
        var (_, text, _) = await Programs.Kustomize(Path.Combine(RepositoryFiles.Root, Manifests.Folder, "overlays/small"));
        Assert.Contains(right, text, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Manifests.Read(text.Replace(right, wrong, StringComparison.Ordinal)));
    }

    private static void CheckDeployment(V1Deployment deployment, IReadOnlyList<IKubernetesObject<V1ObjectMeta>> objects)
    {
        var pod = deployment.Spec.Template;
        Assert.True(Selects(deployment.Spec.Selector.MatchLabels, pod), $"{deployment.Metadata.Name} does not select its own pods.");
        var container = Assert.Single(pod.Spec.Containers);
        Assert.All(
            container.EnvFrom.Where(source => source.ConfigMapRef is not null).Select(source => source.ConfigMapRef.Name),
            name => Assert.Contains(objects.OfType<V1ConfigMap>(), map => map.Metadata.Name == name));
        foreach (var probe in (V1Probe[])[container.StartupProbe, container.LivenessProbe, container.ReadinessProbe])
        {
            Assert.Contains(container.Ports, port => port.Name == probe.HttpGet.Port.Value);
        }

        Assert.All(container.VolumeMounts, mount => Assert.Contains(pod.Spec.Volumes, volume => volume.Name == mount.Name));
        Assert.True(container.SecurityContext.ReadOnlyRootFilesystem);
        Assert.True(pod.Spec.SecurityContext.RunAsNonRoot);
        Assert.True(pod.Spec.TerminationGracePeriodSeconds >= 20); // 10 s of drain, and room
    }

    private static bool Selects(IDictionary<string, string>? labels, V1PodTemplateSpec pod) =>
        labels is not null && labels.All(label => pod.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    private static bool Names(string overlay, string component) =>
        RepositoryFiles.Read($"{Manifests.Folder}/overlays/{overlay}/kustomization.yaml")
            .Contains($"\n  - ../../components/{component}\n", StringComparison.Ordinal);
}
