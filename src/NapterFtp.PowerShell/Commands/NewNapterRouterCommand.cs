using System.Management.Automation;
using System.Management.Automation.Host;
using System.Net;
using System.Net.Sockets;
using System.Security;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.Routers;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Describes a Linux router and a device behind it, for -Router of other commands. Where its host key is not known yet, it is asked
/// for and shown.</summary>
[Cmdlet(VerbsCommon.New, "NapterRouter", SupportsShouldProcess = true, DefaultParameterSetName = PasswordSet)]
[OutputType(typeof(NapterRouter))]
public sealed class NewNapterRouterCommand : DeviceCmdlet
{
    private const string PasswordSet = "Password";
    private const string KeySet = "Key";

    /// <summary>The device's IPv4 address behind the router.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    public IPAddress DeviceAddress { get; set; } = null!;

    /// <summary>The router's login, root.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PasswordSet)]
    [Credential]
    public PSCredential Credential { get; set; } = null!;

    /// <summary>A file with the private key to log in with, in OpenSSH's form or PEM.</summary>
    [Parameter(Mandatory = true, ParameterSetName = KeySet)]
    [ValidateNotNullOrEmpty]
    public string KeyFilePath { get; set; } = null!;

    /// <summary>The private key's passphrase.</summary>
    [Parameter(ParameterSetName = KeySet)]
    public SecureString? KeyPassphrase { get; set; }

    /// <summary>The user who logs in with the key.</summary>
    [Parameter(ParameterSetName = KeySet)]
    [ValidateNotNullOrEmpty]
    public string UserName { get; set; } = "root";

    /// <summary>The router's SSH port.</summary>
    [Parameter]
    [ValidateRange(1, 65535)]
    public int Port { get; set; } = 22;

    /// <summary>How commands reach the router: Napter by an SSH session of our own, Api by SORACOM, which then gets the login and whose idea of
    /// the router's host key cannot be verified.</summary>
    [Parameter]
    [ValidateSet("Napter", "Api")]
    public string Via { get; set; } = "Napter";

    /// <summary>What filters packets on the router; found out by default.</summary>
    [Parameter]
    [ValidateSet("Auto", "Nftables", "Iptables")]
    public string Backend { get; set; } = "Auto";

    /// <summary>The router's host key, as ssh-keygen -lf shows it; else the one trusted before.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? HostKeyFingerprint { get; set; }

    /// <summary>The router's ports that may be used, free ones of which lead to the device.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string PortRange { get; set; } = "50000-59999";

    /// <summary>After this time without news of us the router removes our rules itself.</summary>
    [Parameter]
    [TimeSpanTransformation]
    [ValidateTimeSpan("00:01:00", "08:00:00")]
    public TimeSpan RuleDuration { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Trusts the host key that the router shows, without a question.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var (first, last) = RouterTexts.ParseRange(PortRange);
        if (DeviceAddress.AddressFamily != AddressFamily.InterNetwork)
        {
            throw new NapterFtpException(
                "InvalidRouterDeviceAddress", NapterFtpErrorKind.InvalidArgument, $"{DeviceAddress} is no IPv4 address.", "Give the device's IPv4 address behind the router.", DeviceAddress);
        }

        var via = Enum.Parse<NapterRouterVia>(Via, ignoreCase: true);
        NapterRouter Describe(string? key) => new(GetDevice()!, DeviceAddress, _login)
        {
            Port = Port,
            KeyFilePath = _keyFile,
            Via = via,
            Backend = Enum.Parse<NapterRouterBackend>(Backend, ignoreCase: true),
            HostKeyFingerprint = key,
            FirstPort = first,
            LastPort = last,
            RuleDuration = RuleDuration,
        };
        _keyFile = ParameterSetName == KeySet ? await OnPipelineAsync(() => this.LocalPath(KeyFilePath), cancellationToken) : null;
        _login = await ReadLoginAsync(cancellationToken);
        if (via == NapterRouterVia.Api)
        {
            Emit(Describe(null));
            return;
        }

        if (await FindKeyAsync(Describe(null), cancellationToken) is { } key)
        {
            Emit(Describe(key));
        }
    }

    private RouterLogin _login = new("", null, null, null);
    private string? _keyFile;

    private async Task<RouterLogin> ReadLoginAsync(CancellationToken cancellationToken)
    {
        if (_keyFile is not { } path)
        {
            return new RouterLogin(Credential.UserName, Credential.Password, null, null);
        }

        try
        {
            var login = new RouterLogin(UserName, null, await File.ReadAllTextAsync(path, cancellationToken), KeyPassphrase);
            SshShell.CheckKey(path, login);
            return login;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RouterErrors.KeyUnreadable(path, exception);
        }
    }

    /// <summary>The host key: the one given, else the one trusted before, else the one that the router shows, where the user trusts it.</summary>
    private async Task<string?> FindKeyAsync(NapterRouter router, CancellationToken cancellationToken)
    {
        var known = new KnownRouters(Entries.JournalOptions.DefaultFolder(Environment.GetEnvironmentVariable));
        if (HostKeyFingerprint is { } given)
        {
            var key = RouterTexts.ParseFingerprint(given);
            if (known.Find(router.Target, Port) != key && await ShouldProcessAsync($"Router {router.Target}", $"Trust host key {key}", cancellationToken))
            {
                known.Trust(router.Target, Port, key);
            }

            return key;
        }

        if (known.Find(router.Target, Port) is { } trusted)
        {
            return trusted;
        }

        if (!await ShouldProcessAsync($"Router {router.Target}", "Ask for its host key, and trust it", cancellationToken))
        {
            return null;
        }

        var connection = await GetConnectionAsync(cancellationToken);
        var seen = await connection.Routers.AskHostKeyAsync(router, cancellationToken);
        if (!await MayTrustAsync(router, seen, cancellationToken))
        {
            return null;
        }

        known.Trust(router.Target, Port, seen);
        return seen;
    }

    private async Task<bool> MayTrustAsync(NapterRouter router, string seen, CancellationToken cancellationToken)
    {
        try
        {
            return Force || await OnPipelineAsync(
                () => ShouldContinue(
                    $"The host key of router {router.Target}, port {Port}, is not known yet. Its fingerprint is {seen}. "
                    + "It should be the one that 'ssh-keygen -lf' shows on the router. Trust it from now on?",
                    "Unknown host key"),
                cancellationToken);
        }
        catch (Exception exception) when (exception is HostException or PSInvalidOperationException)
        {
            // Nobody there to ask.
            throw RouterErrors.HostKeyUnknown(router, seen);
        }
    }
}
