using System.Buffers;
using System.Globalization;
using System.Text;
using NapterFtp.Copy;
using NapterFtp.Ftp.Listings;
using NapterFtp.Routers;

namespace NapterFtp.Pulls;

/// <summary>What makes a schedule one that can run.</summary>
internal static class PullRules
{
    private const int LongestName = 100;

    /// <summary>Checks all of it that can be checked without devices.</summary>
    /// <exception cref="NapterFtpException"><c>InvalidPull</c>, with the property as its target.</exception>
    public static void Check(NapterPull pull)
    {
        Require(pull, "name", pull.Name.Length is > 0 and <= LongestName && !pull.Name.Any(char.IsControl) && !Wildcard.IsPattern(pull.Name) && pull.Name.Trim() == pull.Name,
            string.Create(CultureInfo.InvariantCulture, $"a name has 1 to {LongestName} characters, none of them a wildcard or a control character, and no space at its ends"));
        Require(pull, "imsi", pull.Device.Length > 0, "it needs devices: one of -Imsi, -SimId, -Tag, -NameFilter, -GroupId and -Router");
        foreach (var imsi in pull.Imsi)
        {
            Require(pull, "imsi", imsi.Length is >= 6 and <= 15 && imsi.All(char.IsAsciiDigit), $"'{imsi}' is not an IMSI of 6 to 15 digits");
        }

        foreach (var simId in pull.SimId)
        {
            Require(pull, "simId", simId.Length is >= 18 and <= 22 && simId.All(char.IsAsciiDigit), $"'{simId}' is not a SIM ID of 18 to 22 digits");
        }

        Require(pull, "devicePort", pull.DevicePort is >= 1 and <= 65535, "a port is a number from 1 to 65535");
        CheckTexts(pull);
        Try(pull, "devicePortMap", () => _ = pull.Ports);
        CheckRouter(pull);
        Require(pull, "service", pull.Service is null || Enum.TryParse<SimService>(pull.Service, ignoreCase: true, out _), "-Service is Air or Arc");
        Require(pull, "path", pull.Path.Count > 0 && pull.Path.All(path => path.Length > 0), "it needs -Path");
        Require(pull, "destination", pull.Destination.Length > 0, "it needs -Destination");
        CheckNames(pull);
        Require(pull, "jitter", pull.Jitter is null || IsSpan(pull.Jitter), "-Jitter is from nothing to 7 days");
        Require(pull, "window", pull.Window is null || IsSpan(pull.Window), "-Window is from nothing to 7 days");
        Require(pull, "until", pull.Until is null || IsTimeOfDay(pull.Until), $"'{pull.Until}' is no time of the day; give one such as 05:00");
        Require(pull, "removeSource", !(pull.RemoveSource && pull.MoveSource is not null), "it has both -RemoveSource and -MoveSource");
        Require(pull, "maxBytes", pull.MaxBytes is null or > 0, "-MaxBytes is above zero");
        Require(pull, "maxFiles", pull.MaxFiles is null or > 0, "-MaxFiles is above zero");
        Require(pull, "rateLimit", pull.RateLimit is null or > 0, "-RateLimit is above zero");
        Require(pull, "sessionLimit", pull.SessionLimit is null or (>= 1 and <= 32), "-SessionLimit is from 1 to 32");
        Require(pull, "retry", pull.Retry is null or (>= 0 and <= 1000), "-Retry is from 0 to 1000");
        RequireOne(pull, "ifExists", pull.IfExists, ["New", "Overwrite", "Skip", "Newer", "Resume", "Error", "Append", "Rename"]);
        RequireOne(pull, "since", pull.Since, ["FirstRun"]);
        RequireOne(pull, "order", pull.Order, ["Oldest", "Newest", "Name", "Smallest"]);
        RequireOne(pull, "lockBy", pull.LockBy, ["Rename"]);
        Require(
            pull, "deviceTimeZone", pull.DeviceTimeZone is not { } zone || DeviceZone.Find(zone) is not null,
            $"'{pull.DeviceTimeZone}' is no time zone that this computer knows");
        PullTrigger.Of(pull);
    }

    /// <summary>The error that a schedule cannot be as it is.</summary>
    /// <param name="pull">The schedule.</param>
    /// <param name="property">What of it is wrong, by its name in JSON.</param>
    /// <param name="reason">A clause.</param>
    public static NapterFtpException Invalid(NapterPull pull, string property, string reason) => new(
        "InvalidPull",
        NapterFtpErrorKind.InvalidArgument,
        $"The schedule '{LocalNames.Printable(pull.Name)}' cannot be kept: {reason}.",
        "Correct it and try again; nothing was changed.",
        property);

    /// <summary>A schedule is JSON, which has no place for half a character, as a name of a file in another encoding may hold.</summary>
    private static void CheckTexts(NapterPull pull)
    {
        foreach (var property in PullProperty.All)
        {
            IReadOnlyList<string> texts = property.Get(pull) switch { string text => [text], IReadOnlyList<string> list => list, _ => [] };
            Require(pull, property.Name, texts.All(IsText), $"'{property.Name}' has a character that is none; use a wildcard in its place, or give -Encoding");
        }
    }

    private static bool IsText(string text)
    {
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out var taken) != OperationStatus.Done)
            {
                return false;
            }

            rest = rest[taken..];
        }

        return true;
    }

    /// <summary>What would be an error of each run, long after whoever wrote it has gone.</summary>
    private static void CheckNames(NapterPull pull)
    {
        Try(pull, "encoding", () => _ = NameCodec.Find(pull.Encoding));
        Try(pull, "destination", () => NameTemplate.ExpandDestination(pull.Destination, new DeviceNames("1", "1", 1, "1"), DateTimeOffset.UnixEpoch));
        CheckNames(pull, "path", pull.Path, path => NameTemplate.ExpandDates(path, DateTimeOffset.UnixEpoch));
        CheckNames(pull, "moveSource", [pull.MoveSource], folder => NameTemplate.ExpandDates(folder, DateTimeOffset.UnixEpoch));
        CheckNames(pull, "moveFailed", [pull.MoveFailed], folder => NameTemplate.ExpandDates(folder, DateTimeOffset.UnixEpoch));
        CheckNames(pull, "tag", pull.Tag, pattern => _ = new Wildcard(pattern));
        CheckNames(pull, "nameFilter", pull.NameFilter, pattern => _ = new Wildcard(pattern));
        CheckNames(pull, "filter", [pull.Filter], pattern => _ = new Wildcard(pattern));
        CheckNames(pull, "include", pull.Include, pattern => _ = new Wildcard(pattern));
        CheckNames(pull, "exclude", pull.Exclude, pattern => _ = new Wildcard(pattern));
    }

    private static void CheckNames(NapterPull pull, string property, IEnumerable<string?> names, Action<string> check)
    {
        foreach (var name in names.OfType<string>())
        {
            Try(pull, property, () => check(name));
        }
    }

    private static void Try(NapterPull pull, string property, Action check)
    {
        try
        {
            check();
        }
        catch (NapterFtpException exception)
        {
            throw Invalid(pull, property, exception.Message.TrimEnd('.'));
        }
    }

    private static void CheckRouter(NapterPull pull)
    {
        Require(pull, "routerCredentialName", pull.Router is not null || pull.RouterCredentialName is null, "it has -RouterCredentialName, but no -Router");
        if (pull.Router is not { } router)
        {
            return;
        }

        if (pull.DevicePortMap.Count > 0)
        {
            throw RouterErrors.WithPortMap(router);
        }

        string[] others =
        [
            .. pull.Imsi.Where(imsi => imsi != router.Imsi),
            .. pull.SimId.Where(simId => simId != router.SimId),
            .. pull.Tag, .. pull.NameFilter, .. pull.GroupId,
            .. pull.Service is { } service && !service.Equals(router.Target.Service?.ToString(), StringComparison.OrdinalIgnoreCase) ? [service] : Array.Empty<string>(),
        ];
        if (others.Length > 0)
        {
            throw RouterErrors.OtherDevice(router, others[0]);
        }

        Require(
            pull, "router", router.Via == NapterRouterVia.Api || router.HostKeyFingerprint is not null,
            "the host key of its router is not known, and at a run there is nobody to ask; give it with New-NapterRouter -HostKeyFingerprint");
        Require(
            pull, "routerCredentialName", router.KeyFilePath is not null || pull.RouterCredentialName is not null,
            "the router's password is not kept; give -RouterCredentialName, under which the login is looked up at each run, or a router with -KeyFilePath");
    }

    private static bool IsSpan(TimeSpan? span) => span >= TimeSpan.Zero && span <= TimeSpan.FromDays(7);

    private static bool IsTimeOfDay(string text) => TimeOnly.TryParseExact(text, ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out _);

    private static void RequireOne(NapterPull pull, string property, string? value, string[] values) => Require(
        pull, property, value is null || values.Contains(value, StringComparer.OrdinalIgnoreCase), $"'{value}' is none of {string.Join(", ", values)}");

    private static void Require(NapterPull pull, string property, bool holds, string reason)
    {
        if (!holds)
        {
            throw Invalid(pull, property, reason);
        }
    }
}
