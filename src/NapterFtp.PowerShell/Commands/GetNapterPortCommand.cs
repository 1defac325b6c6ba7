using System.Management.Automation;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Entries;

namespace NapterFtp.PowerShell.Commands;

/// <summary>The on-demand remote access entries on the account, each with what this process knows of it.</summary>
[Cmdlet(VerbsCommon.Get, "NapterPort")]
[OutputType(typeof(NapterPort))]
public sealed class GetNapterPortCommand : DeviceCmdlet
{
    /// <summary>Only the ports that this process opened and has not closed yet; asks nothing of SORACOM.</summary>
    [Parameter]
    public SwitchParameter Owned { get; set; }

    private protected override bool NeedsDevice => false;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var device = GetDevice();
        if (Owned)
        {
            var connections = Connection is { } given ? [given] : ModuleState.Instance.Owned<NapterConnection>();
            Emit(connections.SelectMany(connection => connection.Ports.Snapshot()).Where(port => IsOf(port, device)).ToArray(), enumerate: true);
            return;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        var entries = device?.Imsi is null
            ? await connection.Api.ListAsync(device, cancellationToken)
            : await connection.Ports.Ways.AskAsync(device, chosen => connection.Api.ListAsync(chosen, cancellationToken), cancellationToken);
        Emit(EntryList.Join(entries, connection.Ports.Snapshot()).ToArray(), enumerate: true);
    }

    private static bool IsOf(NapterPort port, DeviceTarget? device) =>
        device is null || (device.SimId is { } simId ? port.SimId == simId : port.Imsi == device.Imsi);
}
