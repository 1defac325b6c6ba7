using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Language;
using NapterFtp.Copy;
using NapterFtp.Ftp;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Parameters;

/// <summary>Completes paths on the device that the command line names; on this computer where the parameter means that side. It
/// works through the connection at hand and never signs in or asks for anything; where the device does not answer soon, there
/// is nothing to complete this time.</summary>
public sealed class RemotePathCompleter : IArgumentCompleter
{
    private const int MostShown = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        try
        {
            return IsLocal(commandName, parameterName, fakeBoundParameters)
                ? CompletionCompleters.CompleteFilename(wordToComplete)
                : Complete(parameterName, NameCompletion.Unquote(wordToComplete), fakeBoundParameters);
        }
        catch (NapterFtpException)
        {
            // What is on the command line is wrong; the command will say so.
            return [];
        }
    }

    /// <summary>Copy and Sync have one side here and one on the device.</summary>
    private static bool IsLocal(string command, string parameter, IDictionary bound) =>
        (command.StartsWith("Copy-", StringComparison.OrdinalIgnoreCase) || command.StartsWith("Sync-", StringComparison.OrdinalIgnoreCase))
        && parameter.Equals("Destination", StringComparison.OrdinalIgnoreCase) != IsSet(bound["ToDevice"]);

    private static bool IsSet(object? value) => value is SwitchParameter { IsPresent: true } or true;

    private static IEnumerable<CompletionResult> Complete(string parameter, string word, IDictionary bound)
    {
        var connection = bound["Connection"] as NapterConnection ?? ModuleState.Instance.ForThisRunspace().Current;
        if (connection?.TokenExpiresAt is null || Device(bound) is not { } device || word.AsSpan().ContainsAny('*', '?')
            || bound["Credential"] is not (null or PSCredential))
        {
            return [];
        }

        // What is typed stays as it is typed.
        var slash = word.LastIndexOf('/') + 1;
        var (folder, begun) = (word[..slash], word[slash..]);
        var credential = bound["Credential"] as PSCredential;
        var options = new FtpClientOptions
        {
            Login = FtpLogins.Of(credential),
            Names = NameCodec.Find(bound["Encoding"] as string),
            PortMap = PortMap(bound),
        };
        var key = new RemoteFolderKey(device, DevicePort(bound), options.PortMap, credential, bound["Encoding"] as string, folder);
        var wildcards = parameter.Equals("Path", StringComparison.OrdinalIgnoreCase);
        return RemoteFolderList.Of(connection, key, options, Patience)
            .Select(entry => (Entry: entry, Name: RemotePath.NameOf(entry.FullName)))
            .Where(item => item.Name.StartsWith(begun, StringComparison.OrdinalIgnoreCase))
            .OrderBy(item => item.Name, StringComparer.OrdinalIgnoreCase)
            .Take(MostShown)
            .Select(item => Result(item.Entry, item.Name, folder, wildcards));
    }

    private static CompletionResult Result(RemoteEntry entry, string name, string folder, bool wildcards)
    {
        var isFolder = entry.Type == NapterFtpItemType.Directory;
        var path = folder + (wildcards ? WildcardPattern.Escape(name) : name);
        return NameCompletion.Result(
            NameCompletion.Quote(path),
            name,
            isFolder ? CompletionResultType.ProviderContainer : CompletionResultType.ProviderItem,
            isFolder ? $"{entry.FullName} (folder)"
                : entry.Length is { } length ? string.Create(CultureInfo.CurrentCulture, $"{entry.FullName} ({length:N0} bytes)")
                : entry.FullName);
    }

    private static DeviceTarget? Device(IDictionary bound) =>
        bound["Router"] is NapterRouter router ? router.Target
        : bound["SimId"] is string { Length: > 0 } simId ? DeviceTarget.FromSimId(simId)
        : new ImsiTransformationAttribute().Transform(null!, bound["Imsi"] ?? "") is string { Length: > 0 } imsi ? DeviceTarget.FromImsi(imsi)
        : null;

    private static int DevicePort(IDictionary bound) => LanguagePrimitives.TryConvertTo<int>(bound["DevicePort"] ?? 21, out var port) ? port : 21;

    private static DevicePortMap PortMap(IDictionary bound) => bound["Router"] is NapterRouter router ? router.Ports :
        DevicePortMap.Parse(LanguagePrimitives.TryConvertTo<string[]>(bound["DevicePortMap"], out var texts) ? texts : null);
}
