using System.Management.Automation;
using System.Net;
using NapterFtp.PowerShell.Pipeline;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Deletes on-demand remote access entries.</summary>
[Cmdlet(VerbsCommon.Remove, "NapterPort", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveNapterPortCommand : ConnectedCmdlet
{
    /// <summary>The entry's end point on the gateway, such as 203.0.113.5:31234.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    public IPEndPoint[] EndPoint { get; set; } = [];

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        foreach (var endPoint in EndPoint)
        {
            if (!await ShouldProcessAsync(endPoint.ToString(), "Delete the entry", cancellationToken))
            {
                continue;
            }

            try
            {
                var connection = await GetConnectionAsync(cancellationToken);
                if (!await connection.Api.DeleteAsync(endPoint, cancellationToken))
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
    }
}
