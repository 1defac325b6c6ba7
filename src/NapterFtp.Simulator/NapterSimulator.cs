using System.Net;
using NapterFtp.Simulator.Api;
using NapterFtp.Simulator.Captures;
using NapterFtp.Simulator.Gateway;

namespace NapterFtp.Simulator;

/// <summary>SORACOM's API, the Napter gateway and the devices behind it, in this process and on loopback only.</summary>
public sealed class NapterSimulator : IAsyncDisposable
{
    private readonly SimulatedAccount _account;
    private readonly DirectoryInfo _folder;
    private readonly SimulatedDevices _devices;
    private readonly GatewayCertificates _certificates;
    private readonly CertificateAuthority _authority;
    private readonly NapterGateway _gateway;
    private readonly TokenStore _tokens;
    private readonly HttpServer _http;
    private int _disposed;

    private NapterSimulator(SimulatorOptions options, SimulatedDevices devices, DirectoryInfo folder)
    {
        _account = options.Account;
        _devices = devices;
        _folder = folder;
        TrustedRootPath = Path.Combine(_folder.FullName, "ca.pem");
        _authority = new CertificateAuthority("Napter simulator CA");
        _certificates = new GatewayCertificates(_authority);
        Sims = devices.Sims;
        Counters = new SimulatorCounters(options.TimeProvider, () => PortMappings.Count);
        var audit = new AuditLog(options.TimeProvider);
        var directory = new SimDirectory(Sims);
        var captures = new PacketCaptures(options);
        _gateway = new NapterGateway(
            options, audit, new GatewayServer(options, audit, Counters, Faults, _certificates, captures), Faults);
        _tokens = new TokenStore(options.TimeProvider);
        var api = new SoracomApi(
            options,
            _tokens,
            new AuthCalls(options.Account, _tokens),
            new PortMappingCalls(options, directory, _gateway, Counters),
            new SimCalls(options, directory),
            new AuditCalls(options, audit),
            new DownlinkCalls(options, directory),
            new CaptureCalls(directory, captures, () => ApiEndPoint),
            Counters,
            Faults);
        _http = new HttpServer(api.AnswerAsync);
    }

    /// <summary>The API's base address, without <c>/v1</c>.</summary>
    public Uri ApiEndPoint { get; private set; } = null!;

    /// <summary>A PEM file with the certificate of the authority that signs the gateway's certificate; gone when the simulator is.</summary>
    public string TrustedRootPath { get; }

    /// <summary>The operator that signs in.</summary>
    public string OperatorId => _account.OperatorId;

    /// <summary>The root user's email address.</summary>
    public string Email => _account.Email;

    /// <summary>The root user's password, a throw-away value.</summary>
    public string Password => _account.Password;

    /// <summary>The authentication key's ID.</summary>
    public string AuthKeyId => _account.AuthKeyId;

    /// <summary>The authentication key, a throw-away value.</summary>
    public string AuthKey => _account.AuthKey;

    /// <summary>The SIMs of the account.</summary>
    public IReadOnlyList<SimulatedSim> Sims { get; }

    /// <summary>The first SIM's IMSI.</summary>
    public string Imsi => Sims[0].Imsi;

    /// <summary>The first SIM's ID.</summary>
    public string SimId => Sims[0].SimId;

    /// <summary>The folder that the first SIM's device serves, or null where it is a real server.</summary>
    public string? RootPath => Sims[0].RootPath;

    /// <summary>What has been counted so far.</summary>
    public SimulatorCounters Counters { get; }

    /// <summary>What is to go wrong.</summary>
    public SimulatorFaults Faults { get; } = new();

    /// <summary>What the user may do, from the next sign-in or renewal of a token on.</summary>
    public SimulatedRights Rights
    {
        get => _tokens.Rights;
        set => _tokens.Rights = value;
    }

    /// <summary>The entries that live now.</summary>
    public IReadOnlyList<SimulatedPortMapping> PortMappings => [.. _gateway.LiveEntries.Select(entry => entry.Snapshot())];

    /// <summary>Starts a simulator.</summary>
    /// <exception cref="ArgumentException">There is no SIM, or two share an IMSI or SIM ID.</exception>
    public static async Task<NapterSimulator> StartAsync(SimulatorOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new SimulatorOptions();
        if (options.Sims.Count == 0)
        {
            throw new ArgumentException("The simulator needs at least one SIM.", nameof(options));
        }

        var folder = Directory.CreateTempSubdirectory("napter-simulator-");
        var devices = new SimulatedDevices();
        NapterSimulator? simulator = null;
        try
        {
            await devices.StartAsync(options, folder.FullName, cancellationToken);
            simulator = new NapterSimulator(options, devices, folder);
            await File.WriteAllTextAsync(simulator.TrustedRootPath, simulator._authority.Pem, cancellationToken);
            simulator._http.Start();
            simulator.ApiEndPoint = new UriBuilder(Uri.UriSchemeHttp, IPAddress.Loopback.ToString(), simulator._http.Port).Uri;
            return simulator;
        }
        catch
        {
            await (simulator?.DisposeAsync() ?? devices.DisposeAsync());
            Remove(folder);
            throw;
        }
    }

    /// <summary>Ends everything at once and removes the simulator's files.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _http.DisposeAsync();
        await _gateway.DisposeAsync();
        await _devices.DisposeAsync();
        _certificates.Dispose();
        _authority.Dispose();
        Remove(_folder);
    }

    /// <summary>Where the API is.</summary>
    public override string ToString() => $"Napter simulator at {ApiEndPoint}";

    /// <summary>Whatever cleans up temporary folders may have been here first, or be here now.</summary>
    private static void Remove(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
    }
}
