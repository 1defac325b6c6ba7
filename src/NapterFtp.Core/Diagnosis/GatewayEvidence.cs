using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Diagnosis;

/// <summary>What SORACOM knows of an attempt that failed.</summary>
internal sealed class GatewayEvidence(CheckState state)
{
    // SORACOM's clock and ours may differ.
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(5);

    // Newest first; other programs may use the device as well.
    private const int MostLines = 200;

    /// <summary>Why a connection to the gateway, or through it, did not come about, where SORACOM tells; null where it does not.</summary>
    /// <param name="endPoint">Where the connection went.</param>
    /// <param name="devicePort">The port it was to lead to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<(CheckOutcome? Cause, IReadOnlySet<string>? Log)> FindAsync(IPEndPoint endPoint, int devicePort, CancellationToken cancellationToken)
    {
        // A data port that did not work has been given back by now; but all have the same life.
        var control = state.ControlPort!.Gateway.EndPoint;
        if (await IsListedAsync(control, cancellationToken) == false)
        {
            return (Gone(control), null);
        }

        var log = await AuditAsync(devicePort, cancellationToken);
        var cause = log is null ? null
            : log.Contains("DENIED") ? Causes.SourceAddressDenied()
            : log.Contains("REFUSED") ? Causes.GatewayRefused()
            : log.Count == 0 ? Causes.FirewallOutbound(endPoint)
            : null;
        return (cause, log);
    }

    /// <summary>Whether the way to the device broke because SORACOM ended the control port's entry; null where not, or where that
    /// is not known.</summary>
    public async Task<CheckOutcome?> EntryGoneAsync(NapterFtpException error, CancellationToken cancellationToken)
    {
        if (state.ControlPort?.Gateway.EndPoint is not { } endPoint || error.Kind is not (NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout))
        {
            return null;
        }

        return await IsListedAsync(endPoint, cancellationToken) == false ? Gone(endPoint) : null;
    }

    private CheckOutcome Gone(IPEndPoint endPoint)
    {
        var duration = state.Options.PortDuration;
        return (duration < state.Options.ShortestSensibleDuration
            ? Causes.MinutesForSeconds(duration, expired: true)
            : Causes.EntryExpired(endPoint)) with { Target = endPoint };
    }

    /// <summary>Whether SORACOM still has the entry; null where it does not say.</summary>
    private async Task<bool?> IsListedAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            var entries = await state.Connection.Api.ListAsync(state.Options.Device, cancellationToken);
            return entries.Any(entry => entry.EndPoint.Equals(endPoint) && !entry.Expired);
        }
        catch (NapterFtpException)
        {
            return null;
        }
    }

    /// <summary>The types of the audit log's lines about connections since the newest entry to the port was made; null where the log cannot be
    /// read, or does not know of that entry yet.</summary>
    private async Task<IReadOnlySet<string>?> AuditAsync(int devicePort, CancellationToken cancellationToken)
    {
        if (state.Imsi is not { } imsi)
        {
            return null;
        }

        var query = new AuditLogQuery { Imsi = imsi, After = state.Time.GetUtcNow() - state.Options.PortDuration - Margin, First = MostLines };
        try
        {
            var found = await ReadAsync(query, devicePort, cancellationToken);
            if (found is null or { Count: 0 })
            {
                await Task.Delay(state.Options.AuditDelay, state.Time, cancellationToken);
                found = await ReadAsync(query, devicePort, cancellationToken);
            }

            return found;
        }
        catch (NapterFtpException)
        {
            return null;
        }
    }

    private async Task<HashSet<string>?> ReadAsync(AuditLogQuery query, int devicePort, CancellationToken cancellationToken)
    {
        var lines = new List<NapterAuditLogEntry>();
        await foreach (var line in state.Connection.Api.GetAuditLogAsync(query, cancellationToken))
        {
            lines.Add(line);
        }

        var ours = lines.Where(line => line.DestinationPort == devicePort).OrderByDescending(line => line.Time).ToList();
        var made = ours.FindIndex(line => line.Type == "CREATED");
        return made < 0 ? null : [.. ours.Take(made).Select(line => line.Type).Where(type => type != "DELETED")];
    }
}
