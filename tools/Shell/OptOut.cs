using System.Runtime.CompilerServices;

namespace NapterFtp.Shell;

/// <summary>PowerShell sends no telemetry from here. It asks the environment alone, as it starts.</summary>
internal static class OptOut
{
    [ModuleInitializer]
    internal static void Set() => Environment.SetEnvironmentVariable("POWERSHELL_TELEMETRY_OPTOUT", "1");
}
