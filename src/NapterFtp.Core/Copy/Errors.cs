using System.Globalization;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>The FTP client's errors, each with what to do about it.</summary>
internal static class Errors
{
    private static readonly string[] BusyWords = ["too many", "busy", "maximum", "limit", "try again later", "connections"];

    /// <summary>Whether a refusal means that the device has no session left, rather than that it will never have one.</summary>
    public static bool IsBusy(FtpReply reply) =>
        reply.Code is 421 or 221
        || (reply.Code is 530 or 500 or 450 or 120 && BusyWords.Any(word => reply.Text.Contains(word, StringComparison.OrdinalIgnoreCase)));

    public static NapterFtpException Busy(string device, FtpReply reply) => new(
        "DeviceBusy",
        NapterFtpErrorKind.LimitReached,
        $"{device} takes no further FTP session: {reply.Text}",
        "Close other FTP clients of the device, lower -SessionLimit, or try again with -Retry and -RetryInterval.",
        device);

    public static NapterFtpException NotFtp(string device, FtpReply reply) => new(
        "DeviceRefusedSession",
        NapterFtpErrorKind.Connection,
        $"{device} does not begin an FTP session: {reply.Text}",
        "Check that -DevicePort is the FTP server's control port and that the server accepts this client.",
        device);

    public static NapterFtpException LoginRefused(string device, FtpLogin login, FtpReply reply) => new(
        "FtpLoginRefused",
        NapterFtpErrorKind.Authentication,
        $"{device} refused the login of '{login.UserName}': {reply.Text}",
        login.IsAnonymous ? "Give the device's FTP user with -Credential." : "Check the user name and password given with -Credential.",
        device);

    public static NapterFtpException UnexpectedReply(string device, string verb, FtpReply? reply) => new(
        "UnexpectedFtpReply",
        NapterFtpErrorKind.Protocol,
        reply is null ? $"{device} left {verb} unanswered." : $"{device} answered {verb} with: {reply.Text}",
        "See the dialogue with -Verbose.",
        device);

    /// <summary>Replies that nobody asked for come without end, so that none can be told from the next answer.</summary>
    public static NapterFtpException NeverSilent(string device, TimeSpan limit) => new(
        "UnexpectedFtpReply",
        NapterFtpErrorKind.Protocol,
        string.Create(CultureInfo.InvariantCulture, $"{device} gave replies that nobody asked for, for {limit.TotalSeconds:0} s without a pause."),
        "See the dialogue with -Verbose.",
        device);

    public static NapterFtpException ReplyTimeout(string device, string? command, TimeSpan limit) => new(
        "DeviceReplyTimeout",
        NapterFtpErrorKind.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"{device} did not answer {command ?? "the connection"} within {limit.TotalSeconds:0} s."),
        command is null
            ? "Check that the device is online, that -DevicePort is its FTP port and that its firewall lets SORACOM's gateway in."
            : "Check that the device is online and not overloaded; -Retry tries again.",
        device);

    public static NapterFtpException ConnectionLost(string device, FtpReply? farewell, Exception? cause) => new(
        "DeviceConnectionLost",
        NapterFtpErrorKind.Connection,
        farewell is null ? $"The control connection to {device} ended." : $"{device} ended the session: {farewell.Text}",
        "Check that the device stays online; -Retry tries again.",
        device,
        cause);

    /// <summary>No way of asking for a port was answered with one. Whether there may be one later, the last answer tells (4yz of RFC 959,
    /// section 4.2.1); vsftpd's last words are of a port that was in use. The first one tells best why there is none at all.</summary>
    public static NapterFtpException NoDataPort(string device, FtpReply first, FtpReply last)
    {
        var isForNow = last.Code is >= 400 and < 500 || last.IsLastWords;
        return new NapterFtpException(
            "NoPassivePort",
            isForNow ? NapterFtpErrorKind.LimitReached : NapterFtpErrorKind.Protocol,
            $"{device} names no port for a data connection: {(isForNow ? last : first).Text}",
            isForNow
                ? "All of its passive ports may be in use: -Retry tries again. Give the device a wider range, or end its other sessions."
                : "The device must offer passive mode (PASV or EPSV) with a port from 1024 up. One that knows active mode only can be reached where a "
                    + "Linux router is in front of it: see New-NapterRouter, -Via Napter.",
            device);
    }

    public static NapterFtpException DataPortNotAllowed(string device, int port) => new(
        "DataPortNotAllowed",
        NapterFtpErrorKind.Security,
        string.Create(CultureInfo.InvariantCulture, $"{device} asks for a data connection to its port {port}, a privileged one."),
        "Set the device's passive port range to numbers from 1024 up.",
        device);

    public static NapterFtpException DataStalled(string device, TimeSpan limit) => new(
        "DataConnectionStalled",
        NapterFtpErrorKind.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"No data came from or went to {device} for {limit.TotalSeconds:0} s."),
        "Check the device's reception; -Retry goes on where the transfer stopped.",
        device);

    public static NapterFtpException DataLost(string device, Exception cause) => new(
        "DataConnectionLost",
        NapterFtpErrorKind.Connection,
        $"The data connection to {device} broke.",
        "Check the device's reception, and that its passive ports are reachable; -Retry goes on where the transfer stopped.",
        device,
        cause);

    /// <summary>A listing that came, of which it is not certain that it came whole.</summary>
    /// <param name="device">The device and its port.</param>
    /// <param name="how">What its data connection did, without a full stop.</param>
    public static NapterFtpException ListingCut(string device, string how) => new(
        "DataConnectionLost",
        NapterFtpErrorKind.Connection,
        $"The listing from {device} may be incomplete: its data connection {how}.",
        "Check the device's reception; -Retry asks again. Where every listing ends so, something between this computer and SORACOM's gateway cuts connections short.",
        device);

    public static NapterFtpException ControlConnectTimeout(string device, TimeSpan limit) => new(
        "DeviceConnectTimeout",
        NapterFtpErrorKind.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"No connection to {device} within {limit.TotalSeconds:0} s."),
        "Check that the device is online, that -DevicePort is its FTP port and that its firewall lets SORACOM's gateway in.",
        device);

    public static NapterFtpException DataConnectTimeout(string device, string port, TimeSpan limit) => new(
        "DataConnectTimeout",
        NapterFtpErrorKind.Timeout,
        string.Create(CultureInfo.InvariantCulture, $"No data connection to {device}, data port {port}, within {limit.TotalSeconds:0} s."),
        "Check that the device's passive ports are reachable: a router in front of it must forward them.",
        device);

    /// <summary>The device refused a command about a path, or gave up on it.</summary>
    public static NapterFtpException Refused(string device, FtpCommand command, string path, FtpReply reply)
    {
        if (reply.IsLastWords)
        {
            return ConnectionLost(device, reply, null);
        }

        var (errorId, kind, advice) = reply.Code switch
        {
            425 when reply.Text.Contains("Bad IP", StringComparison.OrdinalIgnoreCase) => (
                "DataPeerRefused", NapterFtpErrorKind.PermissionDenied,
                "The gateway reached the device from another address for data than for control: let the server accept that (vsftpd: pasv_promiscuous=YES)."),
            425 => ("DataConnectionRefused", NapterFtpErrorKind.Connection, "Check that the device's passive ports are reachable; -Retry tries again."),
            426 or 451 => ("TransferAborted", NapterFtpErrorKind.Connection, "Try again; -Retry does so by itself."),
            421 => ("DeviceBusy", NapterFtpErrorKind.LimitReached, "Try again later; -Retry does so by itself."),
            450 => ("RemoteFileBusy", NapterFtpErrorKind.InUse, "The file may be in use on the device; -Retry tries again."),
            452 or 552 => ("DeviceFull", NapterFtpErrorKind.LimitReached, "Free space on the device."),
            530 or 532 => ("RemoteAccessDenied", NapterFtpErrorKind.PermissionDenied, "Log in as a user who may do this, with -Credential."),
            550 when SaysDenied(reply) => ("RemoteAccessDenied", NapterFtpErrorKind.PermissionDenied, "Log in as a user who may do this, with -Credential."),
            550 => ("RemoteItemNotFound", NapterFtpErrorKind.NotFound, "Check the path with Get-NapterFtpItem; the device may also refuse access this way."),
            553 => ("RemoteNameRefused", NapterFtpErrorKind.InvalidArgument, "Choose another name, or log in as a user who may write there."),
            500 or 502 or 504 => ("FtpCommandNotSupported", NapterFtpErrorKind.Protocol, $"The device does not offer {command.Verb}."),
            _ => ("FtpCommandRefused", NapterFtpErrorKind.Protocol, "See the dialogue with -Verbose."),
        };
        return new NapterFtpException(
            errorId, kind, $"{device}: {command.Verb} of '{LocalNames.Printable(path)}' failed: {reply.Text}", advice, LocalNames.Printable(path));
    }

    /// <summary>The device called a listing complete, and said that it did not read the folder.</summary>
    public static NapterFtpException NotRead(string device, string verb, string path, FtpReply reply) => new(
        "RemoteAccessDenied",
        NapterFtpErrorKind.PermissionDenied,
        $"{device}: {verb} of '{LocalNames.Printable(path)}' listed nothing: {reply.Text}",
        "Log in as a user who may do this, with -Credential.",
        LocalNames.Printable(path));

    /// <summary>A local file could not be read or written.</summary>
    public static NapterFtpException Local(string path, Exception cause)
    {
        var (errorId, kind) = cause switch
        {
            UnauthorizedAccessException => ("LocalAccessDenied", NapterFtpErrorKind.PermissionDenied),
            FileNotFoundException or DirectoryNotFoundException => ("LocalItemNotFound", NapterFtpErrorKind.File),
            _ => ("LocalFileError", NapterFtpErrorKind.File),
        };
        return new NapterFtpException(
            errorId, kind, $"'{path}': {cause.Message}", "Check the path, its permissions and the free space.", path, cause);
    }

    /// <summary>Another run copies the same file to the same place.</summary>
    public static NapterFtpException BeingCopied(string path, Exception cause) => new(
        "LocalFileInUse",
        NapterFtpErrorKind.InUse,
        $"'{path}' is being copied by another run.",
        "Run the command again once that has ended; -Retry does so by itself.",
        path,
        cause);

    /// <summary>A program keeps a file of this computer from being replaced.</summary>
    /// <param name="path">The file.</param>
    /// <param name="fetched">Whether the new content is here already and kept for the next run.</param>
    /// <param name="cause">What the system said; null where it was only looked at.</param>
    public static NapterFtpException InUse(string path, bool fetched, Exception? cause) => new(
        "LocalFileInUse",
        NapterFtpErrorKind.InUse,
        $"'{path}' cannot be replaced, because a program has it open.",
        fetched
            ? "Close the program that has it open and run the command again. What was fetched is kept beside it and is not fetched again."
            : "Close the program that has it open and run the command again; -Retry does so by itself.",
        path,
        cause);

    /// <summary>A file of the device grew, or was replaced by another, while it was copied.</summary>
    /// <param name="device">The device and port.</param>
    /// <param name="source">The file.</param>
    /// <param name="listed">Its bytes before.</param>
    /// <param name="came">The bytes that came.</param>
    /// <param name="now">Its bytes afterwards.</param>
    public static NapterFtpException Changed(string device, string source, long? listed, long came, long? now) => HasChanged(
        source,
        string.Create(
            CultureInfo.InvariantCulture,
            $"{device}: '{source}' was changed while it was copied: it had {listed?.ToString(CultureInfo.InvariantCulture) ?? "an unknown number of"} bytes before, {came} came, and it has {now} now."));

    /// <summary>A file of this computer was changed while it was sent.</summary>
    public static NapterFtpException Changed(string device, string source) => HasChanged(source, $"'{source}' was changed while it was sent to {device}.");

    private static NapterFtpException HasChanged(string source, string message) => new(
        "SourceChanged",
        NapterFtpErrorKind.Verification,
        message,
        "It is not in place, and its source is not touched. -Retry tries again; so does the next run.",
        source);

    /// <summary>The same error with more advice, given first.</summary>
    public static NapterFtpException WithAdvice(NapterFtpException found, string advice) => new(
        found.ErrorId, found.Kind, found.Message, $"{advice} {found.Advice}", found.Target, found);

    /// <summary>A transfer ended by something nobody thought of.</summary>
    public static NapterFtpException Unexpected(string device, string source, Exception cause) => new(
        "UnexpectedTransferFailure",
        NapterFtpErrorKind.Unexpected,
        $"{device}: '{source}' was not copied, because of something unexpected: {cause.Message}",
        "Try again; if it comes again, report it with what -Verbose and -Debug show.",
        source,
        cause);

    /// <summary>Whether an error is about the path asked for, so that others may do well.</summary>
    public static bool IsAboutPath(NapterFtpException exception) => exception.ErrorId is
        "RemoteItemNotFound" or "RemoteAccessDenied" or "RemoteFileBusy" or "RemoteNameRefused" or "FtpCommandNotSupported" or "FtpCommandRefused"
        or "TransferAborted" or "FtpListingTooLong" or "NameNotInEncoding" or "InvalidFtpArgument";

    /// <summary>Whether the file itself is what is wrong, so that it may be put aside: not the line, this computer, or that the file changes.</summary>
    public static bool IsFilesOwn(NapterFtpException exception) =>
        exception.ErrorId is "LengthMismatch" or "OnCopiedFailed" || (IsAboutPath(exception) && exception.Kind is not NapterFtpErrorKind.InUse and not NapterFtpErrorKind.Connection);

    /// <summary>Whether the same attempt may succeed later.</summary>
    public static bool IsTransient(Exception exception) => exception switch
    {
        Soracom.SoracomApiException api => api.IsTransient,
        NapterFtpException { ErrorId: "DeviceFull" or "FtpCommandNotSupported" or "DataPortNotAllowed" or "DataPeerRefused" } => false,
        NapterFtpException error => error.Kind is NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout or NapterFtpErrorKind.LimitReached
            or NapterFtpErrorKind.Verification || error.ErrorId is "RemoteFileBusy" or "UnexpectedFtpReply" or "LocalFileInUse",
        IOException => true,
        _ => false,
    };

    /// <summary>Whether all of the device's passive ports are in use, so that fewer sessions at a time do better.</summary>
    public static bool IsOutOfPorts(NapterFtpException exception) => exception is { ErrorId: "NoPassivePort", Kind: NapterFtpErrorKind.LimitReached };

    private static bool SaysDenied(FtpReply reply) =>
        reply.Text.Contains("denied", StringComparison.OrdinalIgnoreCase) || reply.Text.Contains("permi", StringComparison.OrdinalIgnoreCase);
}
