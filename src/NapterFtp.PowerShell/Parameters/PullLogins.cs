using System.Management.Automation;
using NapterFtp.Copy;
using NapterFtp.Pulls;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>The FTP logins that schedules name. They are looked up where the schedule runs, and never kept in a store.</summary>
internal static class PullLogins
{
    /// <summary>What finds them in SecretManagement's vaults, where it is installed.</summary>
    public const string SecretCommand = "Get-Secret";

    /// <summary>A login of a schedule.</summary>
    /// <param name="pull">The schedule.</param>
    /// <param name="name">What it calls the login; null for none.</param>
    /// <param name="findSecret">Asks SecretManagement for a name.</param>
    /// <exception cref="NapterFtpException"><c>CredentialNotFound</c>, <c>LoginFileTooOpen</c>, <c>LoginFileInvalid</c>, <c>LoginFileUnreadable</c>.</exception>
    public static async Task<PSCredential?> FindAsync(NapterPull pull, string? name, Func<string, Task<PSCredential?>> findSecret)
    {
        if (name is null)
        {
            return null;
        }

        return await findSecret(name) ?? OfEnvironment(name) ?? OfFile(name) ?? throw new NapterFtpException(
            "CredentialNotFound",
            NapterFtpErrorKind.Authentication,
            $"No login is known as '{LocalNames.Printable(name)}', which the schedule '{LocalNames.Printable(pull.Name)}' names.",
            $"Keep it as a PSCredential with Set-Secret, set {VariableOf(name)}_USER and {VariableOf(name)}_PASSWORD, or write it to {File ?? $"the file that {LoginFile.Variable} names"}, on the computer that runs the schedule.",
            LocalNames.Printable(name));
    }

    private static string? File => LoginFile.Path(Environment.GetEnvironmentVariable, StoreNames.StateFolder);

    private static PSCredential? OfFile(string name) =>
        File is { } path && LoginFile.Find(path, name) is { } login ? new PSCredential(login.UserName, login.Password) : null;

    private static PSCredential? OfEnvironment(string name)
    {
        var user = Environment.GetEnvironmentVariable(VariableOf(name) + "_USER");
        return string.IsNullOrEmpty(user)
            ? null
            : new PSCredential(user, NapterFtp.Soracom.Secrets.ToSecure(Environment.GetEnvironmentVariable(VariableOf(name) + "_PASSWORD") ?? string.Empty));
    }

    private static string VariableOf(string name) =>
        "NAPTERFTP_LOGIN_" + string.Concat(name.ToUpperInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
}
