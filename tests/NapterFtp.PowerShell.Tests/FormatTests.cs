using System.Management.Automation;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Each type that users see has a view made for it.</summary>
public sealed partial class FormatTests
{
    private static readonly XElement[] Views =
        [.. XDocument.Load(Path.Join(Repository.Root, "formats", "NapterFtp.Format.ps1xml")).Descendants("View")];

    [Fact]
    public void Every_type_that_a_cmdlet_gives_has_a_table_and_a_list()
    {
        using var session = new ModuleSession();
        var given = session.Run("Get-Command -Module NapterFtp")
            .SelectMany(command => ((CmdletInfo)command.BaseObject).OutputType)
            .Select(type => type.Name)
            .Where(name => name.StartsWith("NapterFtp.", StringComparison.Ordinal))

            // What the jobs' output is.
            .Append("NapterFtp.NapterPortEvent")
            .Distinct()
            .ToArray();

        Assert.True(given.Length > 8, "The cmdlets give hardly any types.");
        Assert.All(given, type => Assert.Contains(type, TypesWith("TableControl")));
        Assert.All(given, type => Assert.Contains(type, TypesWith("ListControl")));
    }

    [Fact]
    public void Every_view_names_properties_that_its_type_has()
    {
        using var session = new ModuleSession();
        session.Run("Stop-NapterSimulator (Start-NapterSimulator)");
        foreach (var view in Views)
        {
            var name = view.Descendants("TypeName").Single().Value;
            var type = AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetType(name)).First(type => type is not null)!;

            // The engine itself gives jobs a State.
            Assert.All(
                view.Descendants("PropertyName").Select(property => property.Value)
                    .Concat(view.Descendants("ScriptBlock").SelectMany(script => ItsProperty().Matches(script.Value)).Select(match => match.Groups[1].Value))
                    .Where(property => property != "State" || !name.EndsWith("Job", StringComparison.Ordinal)),
                property => Assert.True(type.GetProperty(property) is not null, $"{name} has no {property}."));
        }
    }

    [Fact]
    public void No_time_in_a_table_depends_on_the_users_calendar()
    {
        var scripts = Views.Descendants("ScriptBlock").Select(script => script.Value).ToArray();
        Assert.Contains(scripts, script => script.StartsWith("[NapterFtp.PowerShell.View]::Time(", StringComparison.Ordinal));
        Assert.DoesNotContain(scripts, script => script.Contains(".ToString(", StringComparison.Ordinal));

        using var session = new ModuleSession();
        var shown = session.RunOne(
            """
            $culture = [cultureinfo]::CurrentCulture
            [cultureinfo]::CurrentCulture = 'fa-IR'
            try { [NapterFtp.PowerShell.View]::Time([DateTimeOffset]::UnixEpoch.AddHours(12), 'yyyy-MM-dd') } finally { [cultureinfo]::CurrentCulture = $culture }
            """);
        Assert.StartsWith("1970-01-0", shown.BaseObject.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> TypesWith(string control) =>
        Views.Where(view => view.Element(control) is not null).Select(view => view.Descendants("TypeName").Single().Value);

    [GeneratedRegex(@"\$_\.(\w+)")]
    private static partial Regex ItsProperty();
}
