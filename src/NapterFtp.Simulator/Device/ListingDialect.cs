namespace NapterFtp.Simulator.Device;

/// <summary>How a device's LIST looks.</summary>
public enum ListingDialect
{
    /// <summary><c>ls -l</c>: the time of day for the last six months, the year before.</summary>
    Unix,

    /// <summary><c>ls -l</c> with the time of day always and the year never.</summary>
    UnixWithoutYear,

    /// <summary>As IIS lists by default: <c>01-31-24  03:04PM       &lt;DIR&gt;          name</c>.</summary>
    Dos,

    /// <summary>A dialect of its own: <c>name  size  yyyy/mm/dd hh:mm:ss</c>.</summary>
    NameFirst,
}
