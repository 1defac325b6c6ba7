using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Registers the schedules of a JSON file, all or none.</summary>
[Cmdlet(VerbsData.Import, "NapterPull", SupportsShouldProcess = true)]
[OutputType(typeof(NapterPull))]
public sealed class ImportNapterPullCommand : PullStoreCmdlet
{
    /// <summary>The file.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("FullName")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = string.Empty;

    /// <summary>Replaces schedules of the same names.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var path = await OnPipelineAsync(() => this.LocalPath(Path), cancellationToken);
        byte[] json;
        try
        {
            json = await File.ReadAllBytesAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NapterFtpException(
                "PullFileNotRead", NapterFtpErrorKind.File, $"'{path}' cannot be read: {e.Message}", "Check the path.", path, e);
        }

        var pulls = PullJson.Read(json, path);
        var wanted = new List<NapterPull>();
        foreach (var pull in pulls)
        {
            if (await ShouldProcessAsync(pull.Name, "Register the schedule", cancellationToken))
            {
                wanted.Add(pull with { TimeZone = pull.TimeZone ?? PullDefinitionCmdlet.LocalZone });
            }
        }

        if (wanted.Count > 0)
        {
            await using var store = await OpenStoreAsync(create: true, cancellationToken);
            Emit(await new PullSchedules(store!).RegisterAsync(wanted, Force, cancellationToken), enumerate: true);
        }
    }
}
