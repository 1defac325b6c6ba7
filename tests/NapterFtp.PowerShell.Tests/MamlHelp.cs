using System.Xml.Linq;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What Get-Help reads of one cmdlet: en-US/NapterFtp.PowerShell.dll-Help.xml, or that of another language.</summary>
internal sealed class MamlHelp(XElement element)
{
    private static readonly XNamespace Maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace Command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace Dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    public static IReadOnlyDictionary<string, MamlHelp> All { get; } = Read("en-US");

    public string Synopsis => element.Element(Command + "details")!.Element(Maml + "description")!.Value;

    public string Description => element.Element(Maml + "description")!.Value;

    public string Notes => Text(element.Element(Maml + "alertSet"));

    /// <summary>Each parameter's text.</summary>
    public IReadOnlyDictionary<string, string> Parameters => element.Element(Command + "parameters")!
        .Elements(Command + "parameter")
        .ToDictionary(parameter => parameter.Element(Maml + "name")!.Value, parameter => Text(parameter.Element(Maml + "description")));

    /// <summary>Each example's title and text.</summary>
    public IReadOnlyList<string> Examples => [.. element.Element(Command + "examples")!
        .Elements(Command + "example")
        .Select(example => string.Join(
            ' ', example.Element(Maml + "title")!.Value.Trim('-', ' '), Text(example.Element(Dev + "code")), Text(example.Element(Dev + "remarks"))))];

    /// <summary>All but the prose: syntax, types, defaults, examples' code.</summary>
    public string Structure
    {
        get
        {
            var copy = new XElement(element);
            copy.Descendants().Where(part => part.Name == Maml + "para" || part.Name == Maml + "title").Remove();
            return string.Join('\n', copy.DescendantNodesAndSelf()
                .Select(node => node is XElement part ? $"{part.Name.LocalName} {string.Join(' ', part.Attributes())}" : node.ToString().Trim())
                .Where(text => text.Length > 0));
        }
    }

    public static IReadOnlyDictionary<string, MamlHelp> Read(string language) =>
        XDocument.Load(Path.Join(Repository.Root, language, "NapterFtp.PowerShell.dll-Help.xml")).Root!
            .Elements(Command + "command")
            .ToDictionary(command => command.Element(Command + "details")!.Element(Command + "name")!.Value, command => new MamlHelp(command));

    /// <summary>All texts with a space between.</summary>
    private static string Text(XElement? part) => string.Join(' ', part?.DescendantNodes().OfType<XText>().Select(text => text.Value) ?? []);
}
