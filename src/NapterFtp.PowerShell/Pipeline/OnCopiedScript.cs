using System.Management.Automation;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>The user's script for a file that is in place: a script block of a command, a script file of a schedule.</summary>
internal static class OnCopiedScript
{
    /// <summary>Runs it.</summary>
    /// <param name="invoke">Runs it on the pipeline's thread.</param>
    /// <param name="transfer">The file's result.</param>
    /// <exception cref="NapterFtpException"><c>OnCopiedFailed</c>: the script failed.</exception>
    public static async ValueTask RunAsync(Func<Task> invoke, NapterFtpTransfer transfer)
    {
        try
        {
            await invoke();
        }
        catch (RuntimeException exception) when (exception is not PipelineStoppedException)
        {
            throw new NapterFtpException(
                "OnCopiedFailed",
                NapterFtpErrorKind.Unexpected,
                $"'{transfer.Destination}' is copied, but the script of -OnCopied failed: {exception.Message}",
                "The source stays where it is, or goes where -MoveFailed says. Mend the script, and do for this file what it should have done.",
                transfer.Destination,
                exception);
        }
    }
}
