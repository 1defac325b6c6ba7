using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Writes schedules as JSON, without their state.</summary>
[Cmdlet(VerbsData.Export, "NapterPull", SupportsShouldProcess = true)]
[OutputType(typeof(string), typeof(FileInfo))]
public sealed class ExportNapterPullCommand : PullStoreCmdlet
{
    /// <summary>The name; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(PullNameCompleter))]
    public string[] Name { get; set; } = ["*"];

    /// <summary>The file to write; without it the text is the output.</summary>
    [Parameter(Position = 1)]
    public string? Path { get; set; }

    /// <summary>Replaces a file that is there.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private readonly List<NapterPull> _pulls = [];

    private protected override bool FailureTerminates => true;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        await using var store = await OpenStoreAsync(create: false, cancellationToken);
        foreach (var name in Name)
        {
            _pulls.AddRange((await FindPullsAsync(store, name, cancellationToken)).Where(pull => _pulls.All(other => other.Name != pull.Name)));
        }
    }

    private protected override async Task EndAsync(CancellationToken cancellationToken)
    {
        var json = PullJson.Write(_pulls);
        if (Path is null)
        {
            Emit(json);
            return;
        }

        var path = await OnPipelineAsync(() => this.LocalPath(Path), cancellationToken);
        if (!await ShouldProcessAsync(path, $"Write {_pulls.Count} schedules", cancellationToken))
        {
            return;
        }

        try
        {
            await using (var file = new StreamWriter(new FileStream(path, Force ? FileMode.Create : FileMode.CreateNew, FileAccess.Write)))
            {
                await file.WriteAsync(json.AsMemory(), cancellationToken);
            }

            Emit(new FileInfo(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NapterFtpException(
                "PullFileNotWritten",
                NapterFtpErrorKind.File,
                $"'{path}' cannot be written: {e.Message}",
                "Choose another file; -Force replaces one that is there.",
                path,
                e);
        }
    }
}
