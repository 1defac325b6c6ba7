using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Entries;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Makes an on-demand remote access entry for use with any program. It is the user's own: it stays until its time is up
/// or Remove-NapterPort deletes it, also after this process has ended.</summary>
[Cmdlet(VerbsCommon.New, "NapterPort", SupportsShouldProcess = true)]
[OutputType(typeof(NapterPort))]
public sealed class NewNapterPortCommand : DeviceCmdlet
{
    /// <summary>The TCP port on the device.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("RemotePort")]
    [ValidateRange(1, 65535)]
    public int DevicePort { get; set; }

    /// <summary>How long the entry lives: up to 8 hours.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:00:01", "08:00:00")]
    public TimeSpan Duration { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>The addresses let in, as CIDR ranges; else the one SORACOM sees this computer call from.</summary>
    [Parameter]
    public string[]? SourceRange { get; set; }

    /// <summary>Makes a port that speaks plain TCP. What passes it can be read on the way.</summary>
    [Parameter]
    public SwitchParameter NoTls { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var device = GetDevice()!;
        var ranges = AddressRange.Parse(SourceRange, nameof(SourceRange)).Select(range => range.ToString()).ToArray();
        if (!await ShouldProcessAsync($"{device} port {DevicePort}", $"Open to the network for {Duration}", cancellationToken))
        {
            return;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        var entry = await connection.Ports.Ways.AskAsync(
            device,
            chosen => connection.Api.CreateAsync(new PortMappingRequest(chosen, DevicePort, Duration, ranges, Tls: !NoTls), cancellationToken),
            cancellationToken);
        Emit(EntryList.Describe(entry));
    }
}
