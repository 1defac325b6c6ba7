using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Gives back the leading zeros that an IMSI loses where PowerShell takes it for a number: typed without quotes, or read
/// from JSON.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ImsiTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>An IMSI has 15 digits, the first of which are its country's: no country's number is less than 001.</summary>
    private const long LeastImsi = 1_000_000_000_000;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) switch
        {
            long number and >= LeastImsi => number.ToString("D15", CultureInfo.InvariantCulture),
            IList list => list.Cast<object>().Select(item => Transform(engineIntrinsics, item)).ToArray(),
            _ => inputData,
        };
}
