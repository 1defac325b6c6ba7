using System.Globalization;

namespace NapterFtp.Simulator.Device;

/// <summary>Writes the lines of listings, each with its CRLF.</summary>
internal static class ListingFormat
{
    private static readonly string[] s_facts = ["type", "size", "modify", "perm"];

    /// <summary>The facts of RFC 3659 that MLST knows.</summary>
    public static IReadOnlyList<string> Facts => s_facts;

    /// <summary>A line of LIST.</summary>
    /// <param name="dialect">How it looks.</param>
    /// <param name="item">The item, its time already in the listing's time zone.</param>
    /// <param name="now">The present in the same time zone.</param>
    public static string List(ListingDialect dialect, ListedItem item, DateTime now) => dialect switch
    {
        ListingDialect.Dos => Dos(item),
        ListingDialect.NameFirst => Line($"{item.Name,-24} {(item.IsDirectory ? "<DIR>" : item.Length),12} {item.Modified:yyyy/MM/dd HH:mm:ss}"),
        _ => Line($"{(item.IsDirectory ? "drwxr-xr-x" : "-rw-r--r--")} {(item.IsDirectory ? 2 : 1),4} ftp      ftp      {item.Length,12} {UnixTime(dialect, item.Modified, now)} {item.Name}"),
    };

    /// <summary>The facts of an item, a space and its name (RFC 3659 section 7.2); without a line end.</summary>
    public static string Mlst(ListedItem item, string name, IReadOnlyCollection<string> wanted, bool writable)
    {
        var facts = string.Concat(s_facts.Where(wanted.Contains).Select(fact => fact switch
        {
            "type" => $"type={item.Type};",
            "size" => item.IsDirectory ? "" : string.Create(CultureInfo.InvariantCulture, $"size={item.Length};"),
            "modify" => $"modify={Timestamp(item.Modified)};",
            _ => (item.IsDirectory, writable) switch
            {
                (true, true) => "perm=cdeflmp;",
                (true, false) => "perm=el;",
                (false, true) => "perm=adfrw;",
                _ => "perm=r;",
            },
        }));
        return $"{facts} {name}";
    }

    /// <summary><c>YYYYMMDDHHMMSS</c>, as MDTM and MLSD say it.</summary>
    public static string Timestamp(DateTime time) => time.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture);

    /// <summary>Reads <c>YYYYMMDDHHMMSS</c>, with or without a fraction.</summary>
    public static bool TryParseTimestamp(string text, out DateTime time) => DateTime.TryParseExact(
        text.Split('.')[0],
        "yyyyMMddHHmmss",
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out time);

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture) + "\r\n";

    private static string UnixTime(ListingDialect dialect, DateTime time, DateTime now) => time.ToString(
        dialect == ListingDialect.UnixWithoutYear || (time > now.AddDays(-180) && time <= now.AddDays(1)) ? "MMM dd HH:mm" : "MMM dd  yyyy",
        CultureInfo.InvariantCulture);

    private static string Dos(ListedItem item) => item.IsDirectory
        ? Line($"{item.Modified:MM-dd-yy  hh:mmtt}       {"<DIR>",-14} {item.Name}")
        : Line($"{item.Modified:MM-dd-yy  hh:mmtt} {item.Length,20} {item.Name}");
}
