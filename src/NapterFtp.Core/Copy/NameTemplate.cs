using System.Globalization;
using System.Text.RegularExpressions;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Names that hold placeholders in braces: the day's date in a path, the device in a destination, the file's own name in that
/// of its done file.</summary>
internal static partial class NameTemplate
{
    private const string DefaultFormat = "yyyyMMdd";

    /// <summary>Puts dates in the place of <c>{Date:yyyyMMdd}</c> and <c>{Yesterday:yyyyMMdd}</c>; all else stays as it is, for braces are
    /// good in names.</summary>
    /// <param name="template">The text; what follows the colon is a date format of .NET, <c>yyyyMMdd</c> where it is left out.</param>
    /// <param name="now">The time that the command or run began, in its zone.</param>
    /// <exception cref="NapterFtpException"><c>InvalidTemplate</c>.</exception>
    public static string ExpandDates(string template, DateTimeOffset now) => Date().Replace(template, match =>
    {
        var day = match.Groups["day"].Value.Equals("Yesterday", StringComparison.OrdinalIgnoreCase) ? now.AddDays(-1) : now;
        return Format(template, day, match.Groups["format"] is { Success: true } format ? format.Value : DefaultFormat);
    });

    /// <summary>A destination for one device: <c>{Imsi}</c>, <c>{SimId}</c>, <c>{Name}</c>, <c>{DevicePort}</c> and dates.</summary>
    /// <param name="template">The destination as the user gave it.</param>
    /// <param name="device">What the device is known by.</param>
    /// <param name="now">The time that the command or run began, in its zone.</param>
    /// <exception cref="NapterFtpException"><c>InvalidDestination</c>, <c>InvalidTemplate</c>, <c>UnsafeFileName</c>.</exception>
    public static string ExpandDestination(string template, DeviceNames device, DateTimeOffset now) =>
        Placeholder().Replace(ExpandDates(template, now), match =>
        {
            var name = match.Value[1..^1];
            var value = name.ToUpperInvariant() switch
            {
                "IMSI" => device.Imsi,
                "SIMID" => device.SimId,
                "NAME" => device.Name,
                "DEVICEPORT" => device.Port.ToString(CultureInfo.InvariantCulture),
                _ => throw Invalid(
                    template,
                    $"{match.Value} is no placeholder",
                    "Use {Imsi}, {SimId}, {Name}, {DevicePort}, {Date:yyyyMMdd} or {Yesterday:yyyyMMdd}, or double the braces: {{ and }}."),
            };
            if (string.IsNullOrEmpty(value))
            {
                throw Invalid(template, $"nothing is known for {match.Value}", $"Give the device's {name}, or use another placeholder.");
            }

            // Combine refuses what would lead out of the destination.
            return LocalNames.Combine("", [value]);
        }).Replace("{{", "{", StringComparison.Ordinal).Replace("}}", "}", StringComparison.Ordinal);

    /// <summary>The name that says a file is finished: <c>{Name}</c> stands for the file's name, <c>{BaseName}</c> for that without its
    /// extension.</summary>
    public static string DoneName(string template, string fileName) => template
        .Replace("{Name}", fileName, StringComparison.OrdinalIgnoreCase)
        .Replace("{BaseName}", Path.GetFileNameWithoutExtension(fileName), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a template of <see cref="DoneName"/> gives each file a name of its own.</summary>
    public static bool IsPerFile(string template) =>
        template.Contains("{Name}", StringComparison.OrdinalIgnoreCase) || template.Contains("{BaseName}", StringComparison.OrdinalIgnoreCase);

    /// <summary>A folder on the device that a template of dates stands for, from the folder of the file it is for.</summary>
    public static string RemoteFolder(string template, string fileFolder, DateTimeOffset now) =>
        RemotePath.Resolve(ExpandDates(template, now), fileFolder);

    /// <summary>Whether a folder is one that <see cref="RemoteFolder"/> gives, or has given on another day, for files beside it.</summary>
    /// <param name="template">The template.</param>
    /// <param name="folder">The folder's absolute path.</param>
    public static bool MayBe(string template, string folder)
    {
        var relative = !RemotePath.IsAbsolute(template);
        var parts = (relative ? template : RemotePath.Resolve(template, RemotePath.Root)).Trim('/').Split('/', StringSplitOptions.RemoveEmptyEntries);
        var actual = folder.Trim('/').Split('/');

        // The first part of what is made beside the files keeps all below it out.
        return relative
            ? parts.Length > 0 && parts[0] is not (".." or ".") && Pattern(parts[0]).IsMatch(actual[^1])
            : parts.Length > 0 && actual.Length == parts.Length && parts.Zip(actual, (part, name) => Pattern(part).IsMatch(name)).All(matches => matches);
    }

    private static string Format(string template, DateTimeOffset day, string format)
    {
        try
        {
            // One character alone would be a standard format.
            return day.ToString(format.Length == 1 ? "%" + format : format, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            throw new NapterFtpException(
                "InvalidTemplate",
                NapterFtpErrorKind.InvalidArgument,
                $"'{format}' in '{template}' is no date format.",
                "Use such as {Date:yyyyMMdd} or {Yesterday:yyyy-MM-dd}.",
                template);
        }
    }

    private static Regex Pattern(string part)
    {
        var pattern = new System.Text.StringBuilder("^");
        var at = 0;
        foreach (Match match in Date().Matches(part))
        {
            pattern.Append(Regex.Escape(part[at..match.Index]));
            var format = match.Groups["format"] is { Success: true } given ? given.Value : DefaultFormat;
            pattern.Append(FormatRun().Replace(format, run => run.Value[0] switch
            {
                'M' or 'd' when run.Length > 2 => @"\p{L}+",
                'y' or 'M' or 'd' or 'H' or 'h' or 'm' or 's' or 'f' => run.Length == 1 ? @"\d{1,2}" : $@"\d{{{run.Length}}}",
                't' or 'K' or 'z' or 'g' => ".+",
                _ => Regex.Escape(run.Value),
            }));
            at = match.Index + match.Length;
        }

        return new Regex(pattern.Append(Regex.Escape(part[at..])).Append('$').ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    }

    private static NapterFtpException Invalid(string template, string why, string advice) => new(
        "InvalidDestination", NapterFtpErrorKind.InvalidArgument, $"In the destination '{template}', {why}.", advice, template);

    [GeneratedRegex(@"(?<!\{)\{(?<day>Date|Yesterday)(:(?<format>[^{}]+))?\}(?!\})", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Date();

    [GeneratedRegex(@"(?<!\{)\{[A-Za-z]+(:[^{}]*)?\}(?!\})", RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"(.)\1*", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex FormatRun();
}

/// <summary>What a device is known by, for the placeholders of a destination; null where that is not known.</summary>
/// <param name="Imsi">The SIM's IMSI.</param>
/// <param name="SimId">The SIM ID.</param>
/// <param name="Port">The FTP port.</param>
/// <param name="Name">The SIM's name.</param>
internal sealed record DeviceNames(string? Imsi, string? SimId, int Port, string? Name);
