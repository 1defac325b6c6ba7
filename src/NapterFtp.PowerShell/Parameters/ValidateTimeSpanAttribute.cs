using System.Globalization;
using System.Management.Automation;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Limits a duration.</summary>
/// <param name="shortest">The shortest allowed, as <c>[d.]hh:mm:ss</c>.</param>
/// <param name="longest">The longest allowed.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidateTimeSpanAttribute(string shortest, string longest) : ValidateArgumentsAttribute
{
    /// <summary>The shortest allowed.</summary>
    public string Shortest { get; } = shortest;

    /// <summary>The longest allowed.</summary>
    public string Longest { get; } = longest;

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is TimeSpan time
            && (time < TimeSpan.Parse(Shortest, CultureInfo.InvariantCulture) || time > TimeSpan.Parse(Longest, CultureInfo.InvariantCulture)))
        {
            throw new ValidationMetadataException($"{time} is not between {Shortest} and {Longest}; plain numbers are seconds.");
        }
    }
}
