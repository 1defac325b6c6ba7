using System.Management.Automation;
using System.Net;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Deletes on-demand remote access entries.</summary>
[Cmdlet(VerbsCommon.Remove, "NapterPort", SupportsShouldProcess = true, DefaultParameterSetName = EndPointSet)]
[OutputType(typeof(void))]
public sealed class RemoveNapterPortCommand : ConnectedCmdlet
{
    private const string EndPointSet = "EndPoint";
    private const string OrphanedSet = "Orphaned";
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(30);

    /// <summary>The entry's end point on the gateway, such as 203.0.113.5:31234.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = EndPointSet)]
    public IPEndPoint[] EndPoint { get; set; } = [];

    /// <summary>Deletes what processes of this computer's user left open when they crashed or were killed.</summary>
    [Parameter(Mandatory = true, ParameterSetName = OrphanedSet)]
    public SwitchParameter Orphaned { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        if (ParameterSetName == OrphanedSet)
        {
            await RemoveOrphansAsync(cancellationToken);
            return;
        }

        foreach (var endPoint in EndPoint)
        {
            if (await ShouldProcessAsync(endPoint.ToString(), "Delete the entry", cancellationToken))
            {
                await RemoveAsync(endPoint, cancellationToken);
            }
        }
    }

    private async Task RemoveAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await GetConnectionAsync(cancellationToken);

            // One of our own is closed by who opened it, so that its job tells of its end.
            if (!await connection.Ports.CloseAsync(endPoint, CloseLimit) && !await connection.Api.DeleteAsync(endPoint, cancellationToken))
            {
                EmitError(new NapterFtpException(
                    "PortNotFound",
                    NapterFtpErrorKind.NotFound,
                    $"The account has no port {endPoint}.",
                    "It may have ended by itself; see what is open with Get-NapterPort.",
                    endPoint));
            }
        }
        catch (NapterFtpException e)
        {
            EmitError(e, endPoint);
        }
    }

    private async Task RemoveOrphansAsync(CancellationToken cancellationToken)
    {
        if (!await ShouldProcessAsync("the ports that dead processes left open", "Delete", cancellationToken))
        {
            return;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        foreach (var port in await connection.CloseOrphansAsync(cancellationToken))
        {
            if (port.Error is null)
            {
                EmitVerbose($"Deleted {port.EndPoint}, which led to {port.Device} port {port.DevicePort}.");
            }
            else
            {
                EmitError(new NapterFtpException(
                    "OrphanNotDeleted",
                    NapterFtpErrorKind.Connection,
                    $"{port.EndPoint}, which leads to {port.Device} port {port.DevicePort}, could not be deleted: {port.Error}",
                    "Run the command again later; the port ends by itself within 8 hours of its making.",
                    port.EndPoint));
            }
        }
    }
}
