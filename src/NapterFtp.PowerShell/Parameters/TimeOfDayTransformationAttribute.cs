using System.Globalization;
using System.Management.Automation;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Takes a time of day alone, such as <c>06:00</c>, for the next one: tomorrow's where it has passed today. PowerShell by itself
/// would take today's.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeOfDayTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (value is not string text || !TimeOnly.TryParse(text.Trim(), CultureInfo.InvariantCulture, out var time))
        {
            return value;
        }

        var now = DateTime.Now;
        var today = now.Date + time.ToTimeSpan();
        return new DateTimeOffset(today > now ? today : now.Date.AddDays(1) + time.ToTimeSpan());
    }
}
