using System.Globalization;
using System.Management.Automation;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Lets a duration be written as people write it: <c>90</c> (seconds), <c>'90s'</c>, <c>5m</c>, <c>8h</c>, <c>2d</c>, or as
/// <c>00:01:30</c>. PowerShell by itself would take a number for ticks.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TimeSpanTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>The longer unit before the one it ends with; nothing at all means seconds.</summary>
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
        (string.Empty, TimeSpan.FromSeconds(1)),
    ];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            TimeSpan => value,
            string text => Parse(text.Trim()),
            IConvertible number when IsNumber(number) => TimeSpan.FromSeconds(number.ToDouble(CultureInfo.InvariantCulture)),
            _ => value,
        };
    }

    private static TimeSpan Parse(string text)
    {
        foreach (var (unit, length) in Units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(text[..^unit.Length], NumberStyles.Float, CultureInfo.InvariantCulture, out var count))
            {
                return count * length;
            }
        }

        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : throw new ArgumentTransformationMetadataException(
                $"'{text}' is not a duration; give seconds, such as 90, or 250ms, 90s, 5m, 8h, 2d, or 00:01:30.");
    }

    private static bool IsNumber(IConvertible value) =>
        value.GetTypeCode() is >= TypeCode.SByte and <= TypeCode.Decimal;
}
