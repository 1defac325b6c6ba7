using System.Management.Automation;
using NapterFtp.Entries;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>The store that a cmdlet's parameters name.</summary>
internal static class StoreNames
{
    /// <summary>The folder in which the module keeps what it must remember; null where the user has none.</summary>
    public static string? StateFolder => JournalOptions.DefaultFolder(Environment.GetEnvironmentVariable);

    /// <summary>Finds the address; on the pipeline's thread.</summary>
    /// <param name="cmdlet">Knows the current location.</param>
    /// <param name="store">What <c>-Store</c> says; null for the default.</param>
    /// <param name="credential">What <c>-StoreCredential</c> says.</param>
    /// <exception cref="NapterFtpException">As of <see cref="StoreAddress.Parse"/>.</exception>
    public static StoreAddress Find(PSCmdlet cmdlet, string? store, PSCredential? credential) => StoreAddress.Parse(
        store,
        credential?.GetNetworkCredential(),
        StateFolder,
        // A name of Windows' shares is one everywhere.
        path => path.StartsWith(@"\\", StringComparison.Ordinal) ? path : cmdlet.LocalPath(path));
}
