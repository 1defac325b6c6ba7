using System.Management.Automation;
using Microsoft.PowerShell.Commands;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Paths of this computer's files as users write them.</summary>
internal static class LocalPaths
{
    /// <summary>The full path, from PowerShell's current location; on the pipeline's thread. Another provider's path would lead to where
    /// the process was started.</summary>
    /// <param name="cmdlet">Knows the current location and the drives.</param>
    /// <param name="path">What was given; wildcards are taken as they are.</param>
    /// <exception cref="NapterFtpException"><c>PathOfOtherProvider</c>.</exception>
    public static string LocalPath(this PSCmdlet cmdlet, string path)
    {
        var full = cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        return provider.Name == FileSystemProvider.ProviderName
            ? full
            : throw new NapterFtpException(
                "PathOfOtherProvider",
                NapterFtpErrorKind.InvalidArgument,
                $"'{path}' leads to PowerShell's provider {provider.Name}, not to a file or folder.",
                "Give the full path of a file or folder, or go to a folder first, such as with: Set-Location ~",
                path);
    }
}
