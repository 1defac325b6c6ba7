using System.Management.Automation;
using System.Reflection;

namespace NapterFtp.Shell.Hosting;

/// <summary>Has Out-Default show an object as an error; the engine keeps that mark to itself.</summary>
internal static class ErrorStream
{
    private static readonly PropertyInfo Stream =
        typeof(PSObject).GetProperty("WriteStream", BindingFlags.Instance | BindingFlags.NonPublic)!;

    public static PSObject Mark(ErrorRecord error)
    {
        var shown = new PSObject(error);
        Stream.SetValue(shown, Enum.Parse(Stream.PropertyType, "Error"));
        return shown;
    }
}
