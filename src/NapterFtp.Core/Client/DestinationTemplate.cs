using System.Text.RegularExpressions;

namespace NapterFtp.Client;

/// <summary>A destination with placeholders for the device: <c>./pulled/{Imsi}</c>.</summary>
internal static partial class DestinationTemplate
{
    /// <summary>Puts the device's values in the place of <c>{Imsi}</c>, <c>{SimId}</c>, <c>{Name}</c> and <c>{DevicePort}</c>.</summary>
    /// <param name="template">The destination as the user gave it.</param>
    /// <param name="device">The device.</param>
    /// <param name="devicePort">Its FTP port.</param>
    /// <param name="deviceName">The SIM's name, where known.</param>
    /// <exception cref="NapterFtpException"><c>InvalidDestination</c>, <c>UnsafeFileName</c>.</exception>
    public static string Expand(string template, DeviceTarget device, int devicePort, string? deviceName) =>
        Placeholder().Replace(template, match =>
        {
            var name = match.Groups[1].Value;
            var value = name.ToUpperInvariant() switch
            {
                "IMSI" => device.Imsi,
                "SIMID" => device.SimId,
                "NAME" => deviceName,
                "DEVICEPORT" => devicePort.ToString(System.Globalization.CultureInfo.InvariantCulture),
                _ => throw Invalid(template, $"{match.Value} is no placeholder", "Use {Imsi}, {SimId}, {Name} or {DevicePort}, or double the braces: {{ and }}."),
            };
            if (string.IsNullOrEmpty(value))
            {
                throw Invalid(template, $"nothing is known for {match.Value}", $"Give the device's {name}, or use another placeholder.");
            }

            // Combine refuses what would lead out of the destination.
            return LocalNames.Combine("", [value]);
        }).Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal);

    private static NapterFtpException Invalid(string template, string why, string advice) => new(
        "InvalidDestination", NapterFtpErrorKind.InvalidArgument, $"In the destination '{template}', {why}.", advice, template);

    [GeneratedRegex(@"(?<!\{)\{([A-Za-z]+)\}(?!\})", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();
}
