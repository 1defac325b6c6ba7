using System.Globalization;
using System.Management.Automation;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Turns the word Auto into no number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ApiRateLimitTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            string text when text.Equals("Auto", StringComparison.OrdinalIgnoreCase) => null,
            string text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
            string => throw new ArgumentTransformationMetadataException("-ApiRateLimit takes Auto, or calls a second as a number from 1 to 1000."),
            var other => other,
        };
}

/// <summary>Allows 1 to 1000, and no number.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidateApiRateLimitAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object? arguments, EngineIntrinsics engineIntrinsics)
    {
        if (arguments is int and (< 1 or > 1000))
        {
            throw new ValidationMetadataException("-ApiRateLimit takes Auto, or calls a second as a number from 1 to 1000.");
        }
    }
}
