using System.Management.Automation.Language;
using YamlDotNet.RepresentationModel;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What starts the examples elsewhere fits them: Kubernetes' manifests and systemd's unit.</summary>
public sealed class DeploymentTests
{
    private static readonly string Examples = Path.Join(Repository.Root, "examples");

    [Fact]
    public void Each_object_for_Kubernetes_says_what_it_is()
    {
        var objects = Manifests();

        Assert.Equal(["Deployment", "PersistentVolumeClaim", "PodDisruptionBudget"], objects.Select(one => Text(one, "kind")).Order(StringComparer.Ordinal));
        Assert.All(objects, one => Assert.NotEmpty(Text(one, "apiVersion")));
        Assert.All(objects, one => Assert.NotEmpty(Text(one, "metadata", "name")));
    }

    [Fact]
    public void The_deployment_selects_its_own_pods_and_has_the_volumes_ports_and_claims_that_it_uses()
    {
        var objects = Manifests();
        var deployment = objects.Single(one => Text(one, "kind") == "Deployment");
        var container = (YamlMappingNode)((YamlSequenceNode)Find(deployment, "spec", "template", "spec", "containers"))[0];
        var volumes = (YamlSequenceNode)Find(deployment, "spec", "template", "spec", "volumes");

        Assert.Equal(Find(deployment, "spec", "selector", "matchLabels"), Find(deployment, "spec", "template", "metadata", "labels"));
        Assert.Equal(
            volumes.Select(volume => Text(volume, "name")).Order(StringComparer.Ordinal),
            ((YamlSequenceNode)Find(container, "volumeMounts")).Select(mount => Text(mount, "name")).Order(StringComparer.Ordinal));
        Assert.Contains(Text(container, "livenessProbe", "httpGet", "port"), ((YamlSequenceNode)Find(container, "ports")).Select(port => Text(port, "name")));
        Assert.Equal(
            objects.Where(one => Text(one, "kind") == "PersistentVolumeClaim").Select(claim => Text(claim, "metadata", "name")),
            volumes.OfType<YamlMappingNode>().Where(volume => volume.Children.ContainsKey("persistentVolumeClaim")).Select(volume => Text(volume, "persistentVolumeClaim", "claimName")));
    }

    [Theory]
    [InlineData("kubernetes/pull-service.yaml")]
    [InlineData("systemd/napterftp-pull.service")]
    public void The_script_has_the_parameters_that_it_is_started_with(string file)
    {
        var path = Path.Join(Examples, file);
        var words = file.EndsWith(".yaml", StringComparison.Ordinal)
            ? Arguments()
            : File.ReadLines(path).Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal)).Split(' ');
        var script = Array.FindIndex(words, word => word.EndsWith(".ps1", StringComparison.Ordinal));
        var given = words[(script + 1)..].Where(word => word.StartsWith('-')).Select(word => word[1..]);

        Assert.Equal("RunPullService.ps1", Path.GetFileName(words[script]));
        Assert.Empty(given.Except(Parameters(words[script]), StringComparer.Ordinal));
    }

    private static string[] Arguments()
    {
        var deployment = Manifests().Single(one => Text(one, "kind") == "Deployment");
        var container = ((YamlSequenceNode)Find(deployment, "spec", "template", "spec", "containers"))[0];
        return [.. new[] { "command", "args" }.SelectMany(part => (YamlSequenceNode)Find(container, part)).Select(word => ((YamlScalarNode)word).Value!)];
    }

    private static IEnumerable<string> Parameters(string script)
    {
        var tree = Parser.ParseFile(Path.Join(Examples, Path.GetFileName(script)), out _, out var errors);
        Assert.Empty(errors);
        return tree.ParamBlock.Parameters.Select(parameter => parameter.Name.VariablePath.UserPath);
    }

    private static List<YamlNode> Manifests()
    {
        using var reader = File.OpenText(Path.Join(Examples, "kubernetes", "pull-service.yaml"));
        var stream = new YamlStream();
        stream.Load(reader);
        return [.. stream.Documents.Select(document => document.RootNode)];
    }

    private static YamlNode Find(YamlNode node, params string[] path) => path.Aggregate(node, (inner, name) => inner[name]);

    private static string Text(YamlNode node, params string[] path) => ((YamlScalarNode)Find(node, path)).Value ?? string.Empty;
}
