using System.Management.Automation.Language;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What starts the examples elsewhere fits them: Kubernetes' manifests, systemd's unit and the image.</summary>
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

    /// <summary>An image's command names one in the package's folder, where the image starts.</summary>
    [Theory]
    [InlineData("kubernetes/pull-service.yaml", "RunPullService.ps1")]
    [InlineData("systemd/napterftp-pull.service", "RunPullService.ps1")]
    [InlineData("Dockerfile", "RunPullService.ps1")]
    [InlineData("Dockerfile", "RunProxy.ps1")]
    [InlineData("../docs/operations.md", "RunPullService.ps1")]
    [InlineData("../docs/operations.md", "RunProxy.ps1")]
    public void The_script_has_the_parameters_that_it_is_started_with(string file, string script)
    {
        var path = Path.Join(Examples, file);
        var words = Path.GetExtension(file) switch
        {
            ".yaml" => Arguments(),
            ".service" => File.ReadLines(path).Single(line => line.StartsWith("ExecStart=", StringComparison.Ordinal)).Split(' '),
            _ => RunCommand(path, script),
        };
        var at = Array.FindIndex(words, word => word.EndsWith(".ps1", StringComparison.Ordinal));
        var given = words[(at + 1)..].Where(word => word.StartsWith('-')).Select(word => word[1..]);

        Assert.EndsWith("examples/" + script, words[at], StringComparison.Ordinal);
        Assert.True(file.EndsWith(".service", StringComparison.Ordinal) || words[at] == "examples/" + script, words[at]);
        Assert.NotEmpty(given);
        Assert.Empty(given.Except(Parameters(script), StringComparer.Ordinal));
    }

    [Fact]
    public void The_image_starts_the_shell_in_the_packages_folder_and_leaves_the_script_to_the_command()
    {
        var steps = ImageSteps();
        var entry = JsonSerializer.Deserialize<string[]>(Assert.Single(steps["ENTRYPOINT"]))!;

        Assert.Equal(Assert.Single(steps["WORKDIR"]) + "/napterftp-shell", entry[0]);
        Assert.Equal(". " + Assert.Single(steps["WORKDIR"]), Assert.Single(steps["COPY"]));
        Assert.All(entry[1..], word => Assert.StartsWith("-No", word, StringComparison.Ordinal));
        Assert.DoesNotContain("command", ((YamlMappingNode)Container()).Children.Keys.Select(key => ((YamlScalarNode)key).Value));
    }

    /// <summary>Without a folder to write to as its home, PowerShell does not start at all.</summary>
    [Fact]
    public void The_images_home_and_state_are_on_a_volume_for_its_root_is_read_only()
    {
        var folders = Assert.Single(ImageSteps()["ENV"]).Split(' ').Select(one => one.Split('=')).ToDictionary(one => one[0], one => one[1]);
        var volumes = ((YamlSequenceNode)Find(Container(), "volumeMounts")).Select(mount => Text(mount, "mountPath")).ToArray();

        Assert.Equal("true", Text(Container(), "securityContext", "readOnlyRootFilesystem"));
        Assert.Contains(folders["XDG_STATE_HOME"], volumes);
        Assert.Contains(folders["HOME"], volumes);
    }

    /// <summary>A user that systemd makes up has no folder but its state's, and where two units share that, it is the last one's.</summary>
    [Theory]
    [InlineData("systemd/napterftp-pull.service")]
    [InlineData("../docs/operations.md")]
    public void A_unit_runs_as_a_user_that_folders_can_belong_to(string file)
    {
        var lines = File.ReadAllLines(Path.Join(Examples, file));

        Assert.Contains("User=napter", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("DynamicUser=", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("useradd --system napter", StringComparison.Ordinal));
    }

    private static ILookup<string, string> ImageSteps() =>
        File.ReadLines(Path.Join(Examples, "Dockerfile")).Where(line => !line.StartsWith('#')).Select(line => line.Split(' ', 2)).ToLookup(step => step[0], step => step[1]);

    /// <summary>The words of the one <c>docker run</c> in a text that names the script; a line that ends in a backslash goes on in the next.</summary>
    private static string[] RunCommand(string path, string script) =>
        Regex.Replace(File.ReadAllText(path), @"\\\r?\n#?", " ").Split('\n')
            .Single(line => line.Contains("docker run ", StringComparison.Ordinal) && line.Contains(script, StringComparison.Ordinal))
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private static string[] Arguments() => [.. ((YamlSequenceNode)Find(Container(), "args")).Select(word => ((YamlScalarNode)word).Value!)];

    private static YamlNode Container() =>
        ((YamlSequenceNode)Find(Manifests().Single(one => Text(one, "kind") == "Deployment"), "spec", "template", "spec", "containers"))[0];

    private static IEnumerable<string> Parameters(string script)
    {
        var tree = Parser.ParseFile(Path.Join(Examples, script), out _, out var errors);
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
