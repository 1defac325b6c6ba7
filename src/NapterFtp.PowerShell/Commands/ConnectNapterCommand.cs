using System.Management.Automation;
using System.Net;
using System.Security;
using NapterFtp.PowerShell.Parameters;
using NapterFtp.PowerShell.Pipeline;
using NapterFtp.PowerShell.Sessions;
using NapterFtp.Simulator;
using NapterFtp.Soracom;

namespace NapterFtp.PowerShell.Commands;

/// <summary>Signs in to SORACOM and keeps the connection for the runspace.</summary>
[Cmdlet(VerbsCommunications.Connect, "Napter", DefaultParameterSetName = EnvironmentSet)]
[OutputType(typeof(NapterConnection))]
public sealed class ConnectNapterCommand : AsyncCmdlet
{
    private const string EnvironmentSet = "Environment";
    private const string CredentialSet = "Credential";
    private const string SamUserSet = "SamUser";
    private const string AuthKeySet = "AuthKey";
    private const string ProfileSet = "Profile";
    private const string SimulatorSet = "Simulator";

    /// <summary>Email address, or SAM user name, and password.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CredentialSet)]
    [Parameter(Mandatory = true, ParameterSetName = SamUserSet)]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>The operator of a SAM user, such as OP0012345678.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SamUserSet)]
    public string? OperatorId { get; set; }

    /// <summary>The ID of an auth key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthKeySet)]
    public string? AuthKeyId { get; set; }

    /// <summary>The auth key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AuthKeySet)]
    public SecureString? AuthKey { get; set; }

    /// <summary>A profile of soracom-cli.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ProfileSet)]
    [ArgumentCompleter(typeof(ProfileNameCompleter))]
    public string? ProfileName { get; set; }

    /// <summary>Connects to a simulator: the one given, else the one started last in this session, else in this process.</summary>
    [Parameter(ParameterSetName = SimulatorSet)]
    public SwitchParameter Simulator { get; set; }

    /// <summary>The simulator to connect to.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = SimulatorSet)]
    public NapterSimulator? InputObject { get; set; }

    /// <summary>The current code of the user's authenticator.</summary>
    [Parameter]
    public string? MfaCode { get; set; }

    /// <summary>The coverage type: Japan or Global.</summary>
    [Parameter]
    [ValidateSet("Japan", "Global")]
    public string? Coverage { get; set; }

    /// <summary>The API's end point, without <c>/v1</c>.</summary>
    [Parameter]
    public Uri? Endpoint { get; set; }

    /// <summary>A PEM file of CA certificates trusted for the API and the gateway beside the system's.</summary>
    [Parameter]
    public string? TrustedRootPath { get; set; }

    /// <summary>The proxy that leads out of this network, such as http://proxy.example:8080 or socks5://proxy.example:1080.</summary>
    [Parameter]
    public Uri? Proxy { get; set; }

    /// <summary>The login at the proxy.</summary>
    [Parameter]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>How long each token lives: 3 minutes to 48 hours.</summary>
    [Parameter]
    [TimeSpanTransformation]
    public TimeSpan? TokenTimeout { get; set; }

    /// <summary>Auto: as fast as SORACOM's answers allow; a number: how many API calls may reach SORACOM in any second.</summary>
    [Parameter]
    [ApiRateLimitTransformation]
    [ValidateApiRateLimit]
    public int? ApiRateLimit { get; set; }

    /// <summary>Returns the connection.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool FailureTerminates => true;

    private protected override async Task ProcessAsync(CancellationToken cancellationToken)
    {
        var options = new NapterConnectionOptions
        {
            Credential = Chosen(),
            Coverage = Coverage is null ? null : Enum.Parse<SoracomCoverage>(Coverage, ignoreCase: true),
            Endpoint = Endpoint,
            TrustedRootPath = TrustedRootPath is null
                ? null
                : await OnPipelineAsync(() => this.LocalPath(TrustedRootPath), cancellationToken),
            Proxy = Proxy,
            ProxyCredential = ProxyCredential is { } login ? new NetworkCredential(login.UserName, login.Password) : null,
            TokenTimeout = TokenTimeout,
            MfaCode = MfaCode,
            ApiCallsPerSecond = ApiRateLimit,
        };
        if (ParameterSetName == SimulatorSet)
        {
            options = To(InputObject ?? NewestSimulator(), options);
        }

        var connection = await SignIn.RunAsync(options, cancellationToken);
        if (PassThru)
        {
            State.CurrentIsHeld = true;
            Emit(connection);
        }
    }

    private NapterSimulator NewestSimulator() =>
        ModuleState.Instance.Owned<NapterSimulator>(State) is [.., var own] ? own
            : ModuleState.Instance.Owned<NapterSimulator>() is [.., var newest] ? newest
            : throw new NapterFtpException(
                "SimulatorMissing",
                NapterFtpErrorKind.NotFound,
                "No simulator runs in this process.",
                "Start one with Start-NapterSimulator, or leave -Simulator out to connect to SORACOM.");

    /// <summary>The simulator's own account, whatever the environment says.</summary>
    private static NapterConnectionOptions To(NapterSimulator simulator, NapterConnectionOptions options) => options with
    {
        Credential = new SoracomCredential.AuthKey(simulator.AuthKeyId, Secrets.ToSecure(simulator.AuthKey)),
        Endpoint = options.Endpoint ?? simulator.ApiEndPoint,
        TrustedRootPath = options.TrustedRootPath ?? simulator.TrustedRootPath,
        Environment = _ => null,
        KeepsJournal = false,
    };

    private SoracomCredential? Chosen() => ParameterSetName switch
    {
        CredentialSet => new SoracomCredential.Root(Credential!.UserName, Credential.Password),
        SamUserSet => new SoracomCredential.SamUser(OperatorId!, Credential!.UserName, Credential.Password),
        AuthKeySet => new SoracomCredential.AuthKey(AuthKeyId!, AuthKey!),
        ProfileSet => new SoracomCredential.Profile(ProfileName!),
        _ => null,
    };
}
