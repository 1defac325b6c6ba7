using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Who connected to which port, and when.</summary>
[Cmdlet(VerbsCommon.Get, "NapterAuditLog")]
[OutputType(typeof(NapterAuditLogEntry))]
public sealed class GetNapterAuditLogCommand : ConnectedCmdlet
{
    /// <summary>One device's lines.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ImsiTransformation]
    [ArgumentCompleter(typeof(ImsiCompleter))]
    public string? Imsi { get; set; }

    /// <summary>Only what happened from then on.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? After { get; set; }

    /// <summary>Only what happened until then.</summary>
    [Parameter]
    [IsoDateTransformation]
    public DateTimeOffset? Before { get; set; }

    /// <summary>How many lines at most.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? First { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var query = new AuditLogQuery
        {
            Imsi = string.IsNullOrEmpty(Imsi) ? null : DeviceTarget.FromImsi(Imsi).Imsi,
            After = After,
            Before = Before,
            First = First,
        };
        var connection = await GetConnectionAsync(cancellationToken);
        await foreach (var entry in connection.Api.GetAuditLogAsync(query, cancellationToken))
        {
            Emit(entry);
        }
    }
}
