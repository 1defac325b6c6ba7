using System.Management.Automation;
using System.Runtime.Loader;
using System.Text;
using DiffPlex.DiffBuilder;
using DiffPlex.DiffBuilder.Model;
using PublicApiGenerator;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What scripts and programs hold on to, as texts in <c>Surface/</c>: a change of it is seen in review. Where one is meant,
/// run these tests with the environment variable <c>NAPTERFTP_ACCEPT_SURFACE=1</c>, and commit what they write.</summary>
public sealed class SurfaceTests : IDisposable
{
    private const string AcceptVariable = "NAPTERFTP_ACCEPT_SURFACE";

    private readonly DirectoryInfo _flat = Directory.CreateTempSubdirectory("napterftp-surface-");

    public void Dispose() => _flat.Delete(recursive: true);

    [Fact]
    public void The_cmdlets_are_those_of_the_snapshot()
    {
        using var session = new ModuleSession();
        var text = new StringBuilder();
        foreach (var command in session.Run("Get-Command -Module NapterFtp").Select(item => (CmdletInfo)item.BaseObject).OrderBy(item => item.Name, StringComparer.Ordinal))
        {
            Describe(command, text);
        }

        AssertSame("Cmdlets", text.ToString());
    }

    [Theory]
    [InlineData("NapterFtp.PowerShell")]
    [InlineData("NapterFtp.Core")]
    [InlineData("NapterFtp.Simulator")]
    public void The_public_types_are_those_of_the_snapshot(string assembly)
    {
        // All in one folder, where the generator looks for what an assembly refers to.
        foreach (var file in Directory.GetFiles(Path.Join(Repository.Root, "bin"), "*.dll", SearchOption.AllDirectories).Append(typeof(PSObject).Assembly.Location))
        {
            File.Copy(file, Path.Join(_flat.FullName, Path.GetFileName(file)), overwrite: true);
        }

        var context = new AssemblyLoadContext("surface", isCollectible: true);
        try
        {
            // The attributes of parameters are in the cmdlets' snapshot.
            var text = context.LoadFromAssemblyPath(Path.Join(_flat.FullName, assembly + ".dll")).GeneratePublicApi(new ApiGeneratorOptions
            {
                IncludeAssemblyAttributes = false,
                ExcludeAttributes = [.. typeof(PSObject).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(Attribute))).Select(type => type.FullName!)],
            });
            AssertSame(assembly, text + "\n");
        }
        finally
        {
            context.Unload();
        }
    }

    private static void Describe(CmdletInfo command, StringBuilder text)
    {
        var common = Cmdlet.CommonParameters.Concat(Cmdlet.OptionalCommonParameters).ToHashSet();
        text.Append(command.Name).Append('\n');
        text.Append("  output: ").AppendJoin(", ", command.OutputType.Select(type => type.Name)).Append('\n');
        if (command.ImplementingType.GetCustomAttributes(inherit: false).OfType<CmdletAttribute>().Single() is { SupportsShouldProcess: true } attribute)
        {
            text.Append("  asks before: impact ").Append(attribute.ConfirmImpact).Append('\n');
        }

        foreach (var set in command.ParameterSets.OrderBy(set => set.Name, StringComparer.Ordinal))
        {
            text.Append("  set ").Append(set.Name).Append(set.IsDefault ? " (default): " : ": ")
                .AppendJoin(' ', set.Parameters.Where(parameter => !common.Contains(parameter.Name))
                    .OrderBy(parameter => (uint)parameter.Position).ThenBy(parameter => parameter.Name, StringComparer.Ordinal)
                    .Select(parameter => parameter.IsMandatory ? $"-{parameter.Name}" : $"[-{parameter.Name}]"))
                .Append('\n');
        }

        foreach (var parameter in command.Parameters.Values.Where(parameter => !common.Contains(parameter.Name)).OrderBy(parameter => parameter.Name, StringComparer.Ordinal))
        {
            text.Append("  -").Append(parameter.Name).Append(' ').Append(Name(parameter.ParameterType)).Append('\n');
            foreach (var detail in Details(parameter))
            {
                text.Append("      ").Append(detail).Append('\n');
            }
        }

        text.Append('\n');
    }

    private static IEnumerable<string> Details(ParameterMetadata parameter)
    {
        if (parameter.Aliases.Count > 0)
        {
            yield return "aliases: " + string.Join(", ", parameter.Aliases.Order(StringComparer.Ordinal));
        }

        var bindings = parameter.ParameterSets.OrderBy(set => set.Key, StringComparer.Ordinal).Select(set => (set.Key, Binding: Binding(set.Value)))
            .Where(set => set.Binding.Length > 0).ToArray();
        foreach (var (set, binding) in bindings)
        {
            yield return parameter.ParameterSets.Count == 1 && set == ParameterAttribute.AllParameterSets ? binding : $"in {set}: {binding}";
        }

        foreach (var attribute in parameter.Attributes.Where(attribute => attribute is not (ParameterAttribute or AliasAttribute)
            && attribute.GetType().Namespace?.StartsWith("System.Runtime", StringComparison.Ordinal) != true).Select(Attribute).Order(StringComparer.Ordinal))
        {
            yield return attribute;
        }
    }

    private static string Name(Type type) =>
        Nullable.GetUnderlyingType(type) is { } underlying ? Name(underlying) + "?"
        : type.IsArray ? Name(type.GetElementType()!) + "[]"
        : type.Namespace is "System" or "System.Management.Automation" ? type.Name
        : type.FullName!;

    private static string Binding(ParameterSetMetadata set) => string.Join(", ", new[]
    {
        set.IsMandatory ? "mandatory" : null,
        set.Position >= 0 ? $"position {set.Position}" : null,
        set.ValueFromPipeline ? "from the pipeline" : null,
        set.ValueFromPipelineByPropertyName ? "from the pipeline by name" : null,
        set.ValueFromRemainingArguments ? "remaining arguments" : null,
    }.OfType<string>());

    private static string Attribute(Attribute attribute) => attribute switch
    {
        ArgumentCompleterAttribute { Type: { } completer } => "completer: " + completer.FullName,
        ValidateSetAttribute set => "one of: " + string.Join(", ", set.ValidValues),
        ValidateRangeAttribute range => $"range: {range.MinRange} to {range.MaxRange}",
        ValidatePatternAttribute pattern => "pattern: " + pattern.RegexPattern,
        SupportsWildcardsAttribute => "wildcards",
        _ => attribute.GetType().Name[..^nameof(Attribute).Length] + string.Concat(attribute.GetType().GetProperties()
            .Where(property => property.DeclaringType == attribute.GetType() && property.PropertyType == typeof(string))
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .Select(property => $" {property.Name}={property.GetValue(attribute)}")),
    };

    private static void AssertSame(string name, string now)
    {
        var path = Path.Join(Repository.Root, "tests", "NapterFtp.PowerShell.Tests", "Surface", name + ".txt");
        now = now.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1")
        {
            File.WriteAllText(path, now);
        }

        var before = File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : string.Empty;
        var changes = InlineDiffBuilder.Diff(before, now).Lines
            .Where(line => line.Type is ChangeType.Inserted or ChangeType.Deleted)
            .Select(line => (line.Type == ChangeType.Inserted ? "+ " : "- ") + line.Text)
            .ToArray();
        Assert.True(
            changes.Length == 0,
            $"The public surface differs from {path}. Where that is meant, run this test with {AcceptVariable}=1 and commit the file.\n{string.Join('\n', changes)}");
    }
}
