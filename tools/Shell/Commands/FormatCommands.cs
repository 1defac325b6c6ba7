using System.Management.Automation;
using System.Reflection;
using Microsoft.PowerShell.Commands.Internal.Format;

namespace NapterFtp.Shell.Commands;

/// <summary>The engine has all of Format-Table and Format-List but the two cmdlets themselves, whose constructors choose the
/// shape through members it keeps to itself.</summary>
internal static class FormatShapes
{
    private static readonly Assembly Engine = typeof(FrontEndCommandBase).Assembly;
    private static readonly Type Shape = Engine.GetType(typeof(FrontEndCommandBase).Namespace + ".FormatShape", throwOnError: true)!;
    private static readonly Type Command =
        Engine.GetType(typeof(FrontEndCommandBase).Namespace + ".InnerFormatShapeCommand", throwOnError: true)!;

    private static readonly FieldInfo Implementation =
        typeof(FrontEndCommandBase).GetField("implementation", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static void Choose(FrontEndCommandBase cmdlet, string shape) => Implementation.SetValue(
        cmdlet,
        Activator.CreateInstance(
            Command, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public, null, [Enum.Parse(Shape, shape)], null));
}

[Cmdlet(VerbsCommon.Format, "Table")]
public sealed class FormatTableCommand : OuterFormatTableBase
{
    public FormatTableCommand() => FormatShapes.Choose(this, "Table");
}

[Cmdlet(VerbsCommon.Format, "List")]
public sealed class FormatListCommand : OuterFormatTableAndListBase
{
    public FormatListCommand() => FormatShapes.Choose(this, "List");
}
