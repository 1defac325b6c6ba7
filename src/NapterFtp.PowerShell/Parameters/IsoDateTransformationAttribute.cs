using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Takes a date as ISO 8601 writes it, such as <c>2026-10-01</c> or <c>2026-10-01T06:00</c>, for just that. PowerShell by itself would
/// read it by the user's calendar: 2026 of the Japanese one is 4044.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed partial class IsoDateTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is string text && Iso().IsMatch(text)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AllowWhiteSpaces | DateTimeStyles.AssumeLocal, out var date)
            ? date
            : value;
    }

    [GeneratedRegex(@"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}([T\s]|$)", RegexOptions.CultureInvariant)]
    private static partial Regex Iso();
}
