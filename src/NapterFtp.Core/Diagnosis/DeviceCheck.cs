using System.Net;
using NapterFtp.Copy;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Diagnosis;

/// <summary>Walks the whole way to a device's FTP server and tells of each step as it ends. It stops where going on makes no
/// sense, and closes what it opened however it ends.</summary>
/// <param name="options">What to check.</param>
/// <param name="signIn">Gives the connection to SORACOM.</param>
/// <param name="starting">Told of each step before it begins.</param>
/// <param name="report">Told of each step once it has ended.</param>
internal sealed class DeviceCheck(
    DeviceCheckOptions options,
    Func<CancellationToken, Task<NapterConnection>> signIn,
    Action<string> starting,
    Action<NapterFtpCheck> report)
{
    private bool _stopped;

    /// <summary>Runs it to its end. Throws nothing but for cancellation: what fails is a check that failed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var state = new CheckState(options);
        try
        {
            await RunAsync(state, cancellationToken);
        }
        finally
        {
            if (state.Recording is { } recording)
            {
                await recording.DisposeAsync();
            }
        }
    }

    private async Task RunAsync(CheckState state, CancellationToken cancellationToken)
    {
        try
        {
            await WalkAsync(state, cancellationToken);
        }
        finally
        {
            await EndAsync(state);
        }

        if (state.ControlPort is not null)
        {
            _stopped = false;
            await StepAsync(state, "Close", _ => SoracomSteps.CloseAsync(state), CancellationToken.None);
        }

        if (state.Recording is not null)
        {
            _stopped = false;
            await StepAsync(state, "CaptureFile", token => state.Activity.ElsewhereAsync(CaptureSteps.SaveAsync(state, token)), cancellationToken);
        }
    }

    private async Task WalkAsync(CheckState state, CancellationToken cancellationToken)
    {
        var listing = CheckOutcome.Skipped("");
        await StepAsync("SignIn", token => state.Activity.ElsewhereAsync(SoracomSteps.SignInAsync(state, signIn, token)));
        await StepAsync("Sim", token => state.Activity.ElsewhereAsync(SoracomSteps.FindSimAsync(state, token)));
        await StepAsync("Ping", token => state.Activity.ElsewhereAsync(PingStep.PingAsync(state, token)));
        if (options.Capture is not null)
        {
            await StepAsync("Capture", token => state.Activity.ElsewhereAsync(CaptureSteps.BeginAsync(state, token)));
        }

        if (options.Client.PortMap.Router is { } router)
        {
            await StepAsync("RouterSsh", token => state.Activity.ElsewhereAsync(RouterSteps.ReachAsync(state, router, token)));
            await StepAsync("RouterHostKey", _ => RouterSteps.CompareHostKeyAsync(state, router));
            await StepAsync("RouterLogin", token => state.Activity.ElsewhereAsync(RouterSteps.LogInAsync(state, router, token)));
            await StepAsync("RouterRoot", _ => RouterSteps.CheckRootAsync(state, router));
            await StepAsync("RouterFirewall", _ => RouterSteps.FindFirewallAsync(state, router));
            await StepAsync("RouterRule", token => state.Activity.ElsewhereAsync(RouterSteps.TryRuleAsync(state, router, token)));
        }

        await StepAsync("ControlPort", token => state.Activity.ElsewhereAsync(SoracomSteps.OpenPortAsync(state, token)));
        await StepAsync("Gateway", token => GatewaySteps.ConnectAsync(state, token));
        await StepAsync("Tls", token => GatewaySteps.SecureAsync(state, token));
        await StepAsync("Greeting", token => SessionSteps.GreetAsync(state, token));
        await StepAsync("Login", token => SessionSteps.LogInAsync(state, token));
        await StepAsync("Pasv", token => SessionSteps.PasvAsync(state, token));
        await StepAsync("Epsv", token => SessionSteps.EpsvAsync(state, token));

        // One listing shows both.
        await StepAsync("DataConnection", async token =>
        {
            (var data, listing) = await TransferSteps.ListAsync(state, token);
            return data;
        });
        await StepAsync("Listing", _ => Task.FromResult(listing));
        if (options.Upload)
        {
            await StepAsync("Upload", token => TransferSteps.UploadAsync(state, token));
            await StepAsync("Delete", token => TransferSteps.DeleteAsync(state, token));
        }

        await StepAsync("Traits", token => SessionSteps.DescribeAsync(state, token));

        Task StepAsync(string name, Func<CancellationToken, Task<CheckOutcome>> step) => this.StepAsync(state, name, step, cancellationToken);
    }

    private async Task StepAsync(
        CheckState state, string name, Func<CancellationToken, Task<CheckOutcome>> step, CancellationToken cancellationToken)
    {
        var started = options.Time.GetTimestamp();
        var outcome = CheckOutcome.Skipped("An earlier step failed.");
        if (!_stopped)
        {
            starting(name);
            state.Activity.Touch();
            try
            {
                outcome = await step(cancellationToken);
            }
            catch (NapterFtpException error)
            {
                outcome = await state.Evidence.EntryGoneAsync(error, cancellationToken) ?? CheckOutcome.Of(error);
            }

            _stopped = outcome is { Status: NapterFtpCheckStatus.Failed, GoesOn: false };
        }

        report(new NapterFtpCheck
        {
            Name = name,
            Status = outcome.Status,
            Detail = outcome.Detail,
            Cause = outcome.Cause,
            Advice = outcome.Advice,
            Duration = outcome.Duration ?? options.Time.GetElapsedTime(started),
            Target = outcome.Target?.ToString(),
            DeviceTraits = outcome.Traits,
            Imsi = options.Device.Imsi,
            SimId = options.Device.SimId,
            DevicePort = options.DevicePort,
            DevicePortMap = options.Client.PortMap is { IsEmpty: false } map ? map.ToString() : null,
        });
    }

    /// <summary>Leaves nothing behind: a test file that an error or Ctrl+C left, the session, the ports.</summary>
    private static async Task EndAsync(CheckState state)
    {
        if (state is { TestFile: { } file, Session: { IsUsable: true } session })
        {
            try
            {
                using var limit = new TimeLimit(state.Options.CloseLimit, state.Time, CancellationToken.None);
                await session.AskAsync(session.Command("DELE", file), limit.Token);
            }
            catch (Exception exception) when (exception is NapterFtpException or OperationCanceledException)
            {
                // The check that failed has named the file.
            }
        }

        await state.DisposeAsync();
    }
}

/// <summary>What a <see cref="DeviceCheck"/> is to check, and how patiently.</summary>
internal sealed record DeviceCheckOptions
{
    public required DeviceTarget Device { get; init; }

    /// <summary>The FTP server's control port on the device.</summary>
    public int DevicePort { get; init; } = 21;

    /// <summary>Login, encoding and limits of the FTP session. Its <see cref="FtpClientOptions.ConnectTimeout"/> holds for TCP and
    /// for TLS each.</summary>
    public FtpClientOptions Client { get; init; } = new();

    /// <summary>The folder that is listed and, where asked for, written to; relative ones start from the login's.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>Whether a file is to be uploaded and deleted.</summary>
    public bool Upload { get; init; }

    /// <summary>What is recorded meanwhile; null for nothing.</summary>
    public CaptureOptions? Capture { get; init; }

    /// <summary>The life asked for the Napter ports.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A life shorter than this was probably meant in minutes.</summary>
    public TimeSpan ShortestSensibleDuration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A device not heard of for longer than this, which does not answer either, is held to be gone.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromHours(6);

    /// <summary>A connection that ends within this time was refused by the device; one that ends later was not answered.</summary>
    public TimeSpan RefusalLimit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the audit log is given to catch up.</summary>
    public TimeSpan AuditDelay { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long closing the ports at the end is waited for.</summary>
    public TimeSpan CloseLimit { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Touched whenever the device is heard of; null where nobody looks.</summary>
    public Activity? Activity { get; init; }

    /// <summary>Asks whether the file named may be uploaded and deleted.</summary>
    public Func<string, CancellationToken, Task<bool>> Approve { get; init; } = (_, _) => Task.FromResult(true);
}

/// <summary>What the steps of one check have come to. Disposing ends the session and gives back the ports.</summary>
internal sealed class CheckState(DeviceCheckOptions options) : IAsyncDisposable
{
    private NapterConnection? _connection;

    public DeviceCheckOptions Options { get; } = options;

    /// <summary>The name under which this check's ports are listed, and closed.</summary>
    public string Owner { get; } = "Test-NapterFtpDevice " + Guid.NewGuid().ToString("N")[..8];

    /// <summary>The device and port, for messages.</summary>
    public string Label { get; } = options.Client.PortMap.Label(options.Device, options.DevicePort);

    public NapterConnection Connection
    {
        get => _connection ?? throw new InvalidOperationException("Nobody has signed in.");
        set => _connection = value;
    }

    public TimeProvider Time => Options.Time;

    /// <inheritdoc cref="DeviceCheckOptions.Activity"/>
    public Activity Activity { get; } = options.Activity ?? new Activity(options.Time);

    public GatewayEvidence Evidence => new(this);

    /// <summary>The SIM as SORACOM describes it; null where it could not be looked up.</summary>
    public NapterSim? Sim { get; set; }

    /// <summary>How SORACOM's audit log names the device; null where that is not known.</summary>
    public string? Imsi => Sim?.Imsi ?? Options.Device.Imsi;

    /// <summary>The SIM ID, which some calls go by; null where it is not known.</summary>
    public string? SimId => Sim?.SimId ?? Options.Device.SimId;

    /// <summary>Whether the device answered a ping; null where none was sent.</summary>
    public bool? AnswersPing { get; set; }

    /// <summary>The recording that runs.</summary>
    public PacketRecording? Recording { get; set; }

    /// <summary>The host key that the router shows; null where SORACOM logs in there.</summary>
    public string? RouterHostKey { get; set; }

    /// <summary>What was found on the router in front of the device.</summary>
    public Routers.RouterState? Router { get; set; }

    public EntryLease? ControlPort { get; set; }

    /// <summary>The connection to the gateway: TCP, then TLS over it; the session's once it has begun.</summary>
    public Connection? Gateway { get; set; }

    public DeviceDataPorts? DataPorts { get; set; }

    public FtpClientSession? Session { get; set; }

    /// <summary>The device's answer to PASV where it is none that names a port.</summary>
    public string? PasvRefusal { get; set; }

    /// <summary>Where the device's 227 says that it listens, which tells of routers in between.</summary>
    public IPAddress? AnnouncedAddress { get; set; }

    /// <summary>The folder that is listed and written to.</summary>
    public string Folder { get; set; } = RemotePath.Root;

    /// <summary>The file uploaded that is still to be deleted.</summary>
    public string? TestFile { get; set; }

    /// <summary>The device's session is older than is likely where it does not answer either.</summary>
    public bool IsStale => Sim?.LastSeen is { } seen && Time.GetUtcNow() - seen > Options.StaleAfter;

    public async ValueTask DisposeAsync()
    {
        if (Session is { } session)
        {
            await session.DisposeAsync();
        }
        else if (Gateway is { } gateway)
        {
            await gateway.DisposeAsync();
        }

        if (DataPorts is { } dataPorts)
        {
            await dataPorts.DisposeAsync();
        }

        ControlPort?.Release();
    }
}

/// <summary>What one step found.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Detail">What was found, for a person.</param>
/// <param name="Cause">What is wrong, as a stable noun phrase; null where nothing is.</param>
/// <param name="Advice">What to do about it.</param>
internal sealed record CheckOutcome(NapterFtpCheckStatus Status, string Detail, string? Cause = null, string? Advice = null)
{
    /// <summary>What was checked.</summary>
    public object? Target { get; init; }

    /// <summary>What was learned of the device, as JSON.</summary>
    public string? Traits { get; init; }

    /// <summary>How long it took, where that is not the time of the step itself.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Whether the steps after a failure can tell anything.</summary>
    public bool GoesOn { get; init; }

    public static CheckOutcome Passed(string detail, object? target = null) =>
        new(NapterFtpCheckStatus.Passed, detail) { Target = target };

    public static CheckOutcome Warning(string cause, string detail, string? advice) =>
        new(NapterFtpCheckStatus.Warning, detail, cause, advice);

    public static CheckOutcome Failed(string cause, string detail, string? advice) =>
        new(NapterFtpCheckStatus.Failed, detail, cause, advice);

    public static CheckOutcome Skipped(string detail) => new(NapterFtpCheckStatus.Skipped, detail);

    /// <summary>For an error that says all there is to say.</summary>
    public static CheckOutcome Of(NapterFtpException error) =>
        Failed(error.ErrorId, error.Message, error.Advice) with { Target = error.Target };
}
