namespace NapterFtp;

/// <summary>NTLM and Negotiate by .NET's own code, as on macOS. Of itself .NET leaves them to gss-ntlmssp on Linux, which hardly any
/// computer has.</summary>
internal static class ManagedNtlm
{
    private const string Switch = "System.Net.Security.UseManagedNtlm";

    /// <summary>To be called before whatever may log in with them: .NET reads the switch once in a process. Who has chosen for this
    /// process is left in peace.</summary>
    public static void Prefer()
    {
        if (OperatingSystem.IsLinux() && !AppContext.TryGetSwitch(Switch, out _))
        {
            AppContext.SetSwitch(Switch, true);
        }
    }
}
