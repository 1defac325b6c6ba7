using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.Ftp.Listings;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Takes a time zone by its name in the IANA list (<c>Asia/Tokyo</c>), by Windows' name, or as an offset from UTC (<c>+09:00</c>).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeZoneTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value is not string text ? value
            : DeviceZone.Find(text.Trim()) ?? throw new ArgumentTransformationMetadataException(
                $"'{text}' is no time zone; give a name such as Asia/Tokyo or Europe/Berlin, or an offset from UTC such as +09:00.");
    }
}

/// <summary>Completes the system's time zones.</summary>
public sealed class TimeZoneCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        NameCompletion.Complete(wordToComplete, TimeZoneInfo.GetSystemTimeZones().Select(zone => (zone.Id, zone.DisplayName)));
}
