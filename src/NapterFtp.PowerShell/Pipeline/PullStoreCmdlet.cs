using System.Management.Automation;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet that works on the store of schedules, runs and history; it needs no connection to SORACOM.</summary>
public abstract class PullStoreCmdlet : AsyncCmdlet
{
    /// <summary>The file of the store, or Host=…;Database=… of a PostgreSQL server.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Store { get; set; }

    /// <summary>The login at the PostgreSQL server.</summary>
    [Parameter]
    [Credential]
    public PSCredential? StoreCredential { get; set; }

    /// <summary>Opens the store.</summary>
    /// <param name="create">Whether to make a file where there is none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where nobody named a store, none is to be made, and there is none.</returns>
    private protected async Task<PullStore?> OpenStoreAsync(bool create, CancellationToken cancellationToken)
    {
        var address = await OnPipelineAsync(() => StoreNames.Find(this, Store, StoreCredential), cancellationToken);
        if (address is { IsDefault: true } && !create && !File.Exists(address.Path))
        {
            EmitVerbose($"There is no store '{address}' yet.");
            return null;
        }

        return await PullStore.OpenAsync(new StoreOptions { Address = address, Create = create }, cancellationToken);
    }

    /// <summary>The schedules of a name or pattern. That there is none of a name is an error of that item.</summary>
    private protected async Task<IReadOnlyList<NapterPull>> FindPullsAsync(PullStore? store, string name, CancellationToken cancellationToken)
    {
        var found = store is null ? [] : await new PullSchedules(store).FindAsync(name, cancellationToken);
        if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
        {
            EmitError(PullSchedules.NotFound(name));
        }

        return found;
    }
}
