using System.Management.Automation;
using System.Runtime.Loader;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Loading;

/// <summary>Runs when PowerShell imports and removes the module. Importing does nothing but say where to find what the
/// cmdlets need once they run.</summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static readonly DependencyLoadContext Dependencies =
        new(Path.Join(Path.GetDirectoryName(typeof(ModuleLifetime).Assembly.Location), "Dependencies"));

    /// <inheritdoc/>
    public void OnImport()
    {
        // Each runspace imports for itself while the hook is the process's: it must hang there once.
        AssemblyLoadContext.Default.Resolving -= Dependencies.ResolveForModule;
        AssemblyLoadContext.Default.Resolving += Dependencies.ResolveForModule;
    }

    /// <inheritdoc/>
    /// <remarks>The hook stays: objects that outlive the module may still need a part that has not been loaded yet, and another
    /// runspace may have the module too.</remarks>
    public void OnRemove(PSModuleInfo psModuleInfo) => ModuleState.Instance.CloseOf(ModuleState.Instance.ForThisRunspace());
}
