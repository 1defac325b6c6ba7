using System.Globalization;
using System.Net;
using System.Text;
using NapterFtp.Copy;
using NapterFtp.Ftp;

namespace NapterFtp.Diagnosis;

/// <summary>The steps over data connections.</summary>
internal static class TransferSteps
{
    // What a data connection that never reached the device ends in, by the gateway's and the device's ways of saying so.
    private static readonly string[] Unreached =
    [
        "DataConnectionLost", "DataConnectionStalled", "DataConnectTimeout", "DataConnectionRefused", "TransferAborted", "DeviceReplyTimeout",
        "GatewayTimeout", "GatewayUnreachable", "GatewayReset",
    ];

    /// <summary>Lists the folder. Only data that came, or an end that the device confirmed, show that the data connection reached
    /// the device: the gateway takes every connection.</summary>
    public static async Task<(CheckOutcome Data, CheckOutcome Listing)> ListAsync(CheckState state, CancellationToken cancellationToken)
    {
        var session = state.Session!;
        var time = state.Time;
        var started = time.GetTimestamp();
        NapterPortEvent? connected = null;
        var connectedAt = 0L;
        using var subscription = state.Connection.Ports.Subscribe(step =>
        {
            if (step.Proxy == state.Owner && step.Kind == NapterPortKind.Data && step.State is NapterPortState.Open or NapterPortState.Connected)
            {
                connectedAt = time.GetTimestamp();
                connected = step;
            }
        });
        try
        {
            state.Folder = RemotePath.Resolve(state.Options.Folder, await session.HomeAsync(cancellationToken));
            var listing = await FolderLister.ListAsync(session, state.Folder, moreFollow: true, cancellationToken);
            if (listing.Failure is { } failure)
            {
                // Where something came, the data connection did reach the device.
                return listing.Entries.Count > 0 ? (Connected(), CheckOutcome.Of(failure) with { GoesOn = session.IsUsable }) : throw failure;
            }

            var entries = listing.Entries;
            var files = entries.Count(entry => entry.Type != NapterFtpItemType.Directory);
            return (
                Connected(),
                CheckOutcome.Passed(
                    string.Create(CultureInfo.InvariantCulture, $"{session.Traits.ListVerb} of '{Shown(state.Folder)}': {files} files, {entries.Count - files} folders."),
                    Shown(state.Folder)) with { Duration = time.GetElapsedTime(connectedAt == 0 ? started : connectedAt) });
        }
        catch (NapterFtpException error)
        {
            if (await ExplainAsync(state, error, connected, cancellationToken) is { } cause)
            {
                return (cause, CheckOutcome.Skipped("There is no data connection."));
            }

            return (
                connected is null ? CheckOutcome.Skipped("The device refused the listing before it came to that.") : Connected(),
                CheckOutcome.Of(error) with { GoesOn = session.IsUsable });
        }

        CheckOutcome Connected() => connected is null
            ? CheckOutcome.Passed("The device sent its listing.")
            : connected.EndPoint is null
            ? CheckOutcome.Passed(
                string.Create(CultureInfo.InvariantCulture, $"The device connects to its router's port {connected.RouterPort}, and so to us (active mode)."),
                state.Label) with { Duration = time.GetElapsedTime(started, connectedAt) }
            : CheckOutcome.Passed(
                string.Create(CultureInfo.InvariantCulture, $"The device's data port {Port(connected)} answers, through {connected.EndPoint}."),
                connected.EndPoint) with { Duration = time.GetElapsedTime(started, connectedAt) };
    }

    public static async Task<CheckOutcome> UploadAsync(CheckState state, CancellationToken cancellationToken)
    {
        var session = state.Session!;
        var path = RemotePath.Combine(state.Folder, $"napterftp-test-{Guid.NewGuid():N}.txt");
        if (!await state.Options.Approve($"{state.Label}{Shown(path)}", cancellationToken))
        {
            return CheckOutcome.Skipped("Nothing was to be written.");
        }

        var data = Encoding.ASCII.GetBytes($"Written by Test-NapterFtpDevice at {state.Time.GetUtcNow():u}. It can be deleted.\r\n");
        state.TestFile = path;
        var request = new TransferRequest { Command = session.Command("STOR", path), Path = path };
        TransferOutcome outcome;
        try
        {
            outcome = await session.TransferAsync(request, (flow, token) => flow.WriteAsync(data, token).AsTask(), cancellationToken);
        }
        catch (NapterFtpException error)
        {
            return CheckOutcome.Failed(error.ErrorId, $"{error.Message} A part of '{Shown(path)}' may be on the device.", error.Advice) with { Target = Shown(path) };
        }

        if (outcome.Refused is { } refused)
        {
            state.TestFile = null;
            return CheckOutcome.Of(Errors.Refused(session.Device, refused.Command, path, refused.Reply));
        }

        var size = await session.SizeAsync(path, cancellationToken);
        return size is null || size == data.Length
            ? CheckOutcome.Passed($"Stored {data.Length} bytes as '{Shown(path)}'.", Shown(path))
            : CheckOutcome.Failed("LengthMismatch", $"{data.Length} bytes were sent, but the device has {size}.", "Check the free space on the device.") with { GoesOn = true };
    }

    public static async Task<CheckOutcome> DeleteAsync(CheckState state, CancellationToken cancellationToken)
    {
        var session = state.Session!;
        if (state.TestFile is not { } path)
        {
            return CheckOutcome.Skipped("Nothing was written.");
        }

        var reply = await session.AskAsync(session.Command("DELE", path), cancellationToken);
        state.TestFile = null;
        return reply.IsCompletion
            ? CheckOutcome.Passed($"Deleted '{Shown(path)}'.", Shown(path))
            : Causes.LeftBehind(Shown(path), reply.Text) with { Target = Shown(path) };
    }

    /// <summary>Why no data connection came about; null where the error is about something else.</summary>
    private static async Task<CheckOutcome?> ExplainAsync(
        CheckState state, NapterFtpException error, NapterPortEvent? port, CancellationToken cancellationToken)
    {
        if (!Unreached.Contains(error.ErrorId))
        {
            return error.ErrorId is "DataPeerRefused" or "DeviceDataConnectionMissing" or "NoPassivePort" or "DevicePortNotForwarded" or "DataPortNotAllowed" or "PortOpenTimeout" or "DeviceConnectionLost"
                || error.ErrorId.StartsWith("Router", StringComparison.Ordinal)
                || error is Soracom.SoracomApiException || error.Kind == NapterFtpErrorKind.Security
                ? CheckOutcome.Of(error)
                : null;
        }

        if (port?.EndPoint is not { } endPoint)
        {
            return CheckOutcome.Of(error);
        }

        var (cause, log) = await state.Evidence.FindAsync(endPoint, port.RouterPort ?? port.DevicePort, cancellationToken);
        if ((cause ?? (log?.Contains("CONNECTED") == true ? CheckOutcome.Of(error) : null)) is { } known)
        {
            return known with { Target = endPoint };
        }

        var mapped = !state.Options.Client.PortMap.IsEmpty;

        // A device that knows its own address has no router in front of it.
        var address = state.Sim?.IpAddress;
        return (state.AnnouncedAddress is { } announced && !announced.Equals(address) && !announced.Equals(IPAddress.Any)
            ? Causes.PassivePortNotForwarded(Port(port), announced, address, mapped)
            : Causes.DataPortBlocked(Port(port), mapped)) with { Target = endPoint };
    }

    private static string Port(NapterPortEvent port) =>
        port.RouterPort is { } router ? string.Create(CultureInfo.InvariantCulture, $"{port.DevicePort} (the router's {router})") : port.DevicePort.ToString(CultureInfo.InvariantCulture);

    private static string Shown(string path) => LocalNames.Printable(path);
}
