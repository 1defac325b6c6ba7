using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Soracom;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>Listens for FTP clients and relays each to the device's FTP server.</summary>
internal sealed class FtpProxy : IAsyncDisposable
{
    private readonly LocalRelay _relay;

    private FtpProxy(LocalRelay relay) => _relay = relay;

    /// <summary>What it shares with every relay.</summary>
    public LocalRelay Relay => _relay;

    /// <inheritdoc cref="LocalRelay.Name"/>
    public string Name => _relay.Name;

    /// <inheritdoc cref="LocalRelay.ListenEndPoint"/>
    public IPEndPoint ListenEndPoint => _relay.ListenEndPoint;

    /// <inheritdoc cref="LocalRelay.Completion"/>
    public Task Completion => _relay.Completion;

    /// <summary>Starts a proxy on a connection; see the other overload.</summary>
    public static Task<FtpProxy> StartAsync(
        NapterConnection connection, FtpProxyOptions options, Action<NapterPortEvent>? observer, CancellationToken cancellationToken) =>
        StartAsync(
            connection.Ports,
            connection.Dialer,
            Complete(options, device => connection.TraitsOf(DeviceKey.For(device, options.DevicePort, options.PortMap)), connection.Api),
            connection.Time,
            connection.Loggers,
            observer,
            cancellationToken);

    /// <summary>Opens the control port, so that a wrong device shows at once, and listens.</summary>
    /// <param name="ports">Where Napter ports come from.</param>
    /// <param name="dialer">Connects to the gateway.</param>
    /// <param name="options">How to listen and relay.</param>
    /// <param name="time">The clock of every wait.</param>
    /// <param name="loggers">Where the dialogue goes, secrets masked.</param>
    /// <param name="observer">Gets the events of the proxy's ports from the first on; null for none.</param>
    /// <param name="cancellationToken">Gives the start up.</param>
    /// <exception cref="NapterFtpException"><c>InvalidPassiveAddress</c>, <c>FleetNotLimited</c>, <c>PassivePortsExhausted</c>, or as of
    /// <see cref="LocalRelay.OpenAsync"/>.</exception>
    public static async Task<FtpProxy> StartAsync(
        EntryManager ports,
        IGatewayDialer dialer,
        FtpProxyOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        Action<NapterPortEvent>? observer,
        CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger("NapterFtp.Proxy");
        var passivePorts = new PassivePortPool(options.PassivePorts, time, logger);
        Check(options, passivePorts, logger);
        var relay = await LocalRelay.OpenAsync(
            ports, options, NapterPortKind.Control, options.ControlLinger, time, logger, observer, cancellationToken);
        var services = new SessionServices
        {
            ProxyName = relay.Name,
            Options = options,
            Ports = ports,
            ControlPort = options.Fleet is null ? relay.Port : null,
            Fleet = options.Fleet is { } fleet ? new Fleet(fleet, relay.SharedPorts, time) : null,
            Dialer = dialer,
            PassivePorts = passivePorts,
            LocalTls = LocalTls.CreateOptions(options.TlsCertificate, usesKeysInMemory: !OperatingSystem.IsWindows()),
            Traits = options.Traits ?? new DeviceTraits(),
            Time = time,
            Logger = logger,
        };
        relay.Serve(
            options.MaxSessions,
            (client, id, abort) => new ControlSession(services, client, id, abort),
            (client, text) => _ = ControlSession.RefuseAsync(client, RelayReply.Line(421, text), time));
        return new FtpProxy(relay);
    }

    /// <summary>The proxy and its counters now.</summary>
    public NapterFtpProxy Snapshot()
    {
        var (ports, fromDevice, toDevice) = _relay.Totals();
        return new NapterFtpProxy
        {
            Name = Name,
            Imsi = _relay.Device?.Imsi,
            SimId = _relay.Device?.SimId,
            DevicePort = _relay.DevicePort,
            RouterPort = _relay.RouterPort,
            ListenEndPoint = ListenEndPoint,
            State = _relay.State,
            Sessions = _relay.Sessions,
            TotalSessions = _relay.TotalSessions,
            Ports = ports,
            TotalPorts = _relay.TotalPorts,
            BytesFromDevice = fromDevice,
            BytesToDevice = toDevice,
            Started = _relay.Started,
        };
    }

    /// <summary>Takes no new client, ends sessions without a transfer, gives running transfers time, then ends them too and
    /// closes every port. Never throws.</summary>
    /// <param name="drain">How long running transfers may go on; zero ends them at once.</param>
    /// <param name="cancellationToken">Cuts the drain short.</param>
    public Task StopAsync(TimeSpan drain, CancellationToken cancellationToken) => _relay.StopAsync(drain, cancellationToken);

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero, CancellationToken.None);

    /// <summary>The options with what the connection knows of its devices.</summary>
    private static FtpProxyOptions Complete(FtpProxyOptions options, Func<DeviceTarget, DeviceTraits> traitsOf, ISimSource sims) => options with
    {
        Traits = options.Traits ?? (options.Device is { } device ? traitsOf(device) : null),
        Fleet = options.Fleet is { } fleet ? fleet with { Sims = fleet.Sims ?? sims, TraitsOf = fleet.TraitsOf ?? traitsOf } : null,
    };

    /// <summary>What can be found out without SORACOM, before a client is the first to meet it.</summary>
    private static void Check(FtpProxyOptions options, PassivePortPool passivePorts, ILogger logger)
    {
        // Six numbers of a 227 reply name an IPv4 address (RFC 959); a 229 reply names none (RFC 2428).
        if (options.PassiveAddress is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } address)
        {
            throw new NapterFtpException(
                "InvalidPassiveAddress",
                NapterFtpErrorKind.InvalidArgument,
                $"{address} is an IPv6 address, which no reply to PASV can name.",
                "Give -PassiveAddress an IPv4 address, or leave it out: over IPv6 clients use EPSV, whose replies name no address.",
                address);
        }

        if (IPAddress.Any.Equals(options.PassiveAddress))
        {
            throw new NapterFtpException(
                "InvalidPassiveAddress",
                NapterFtpErrorKind.InvalidArgument,
                $"{options.PassiveAddress} is an address to listen on, not one that a client could connect to.",
                "Give -PassiveAddress the address that clients know this computer by, or leave it out.",
                options.PassiveAddress);
        }

        options.Fleet?.Check(options);
        passivePorts.Try(options.ListenAddress);
        var count = options.PassivePorts.Count;
        if (!options.PassivePorts.IsAny && count < options.MaxSessions && (count < 10 || options.MaxSessions != FtpProxyOptions.DefaultMaxSessions))
        {
            logger.LogWarning(
                "-PassivePortRange {Range} holds {Count} port(s): no more than {Count} of {MaxSessions} sessions can wait for a data connection at once; "
                + "the next gets 425. Give a wider range, or a lower -MaxSession.",
                options.PassivePorts,
                count,
                count,
                options.MaxSessions);
        }
    }
}

/// <summary>How an FTP proxy listens, relays and uses Napter ports. Both its own port and the device's are 21 unless set.</summary>
internal sealed record FtpProxyOptions : RelayOptions
{
    /// <summary>The default of <see cref="MaxSessions"/>.</summary>
    public const int DefaultMaxSessions = 2000;

    public FtpProxyOptions()
    {
        DevicePort = 21;
        Port = 21;
    }

    /// <summary>The local ports for data connections.</summary>
    public PassivePortRange PassivePorts { get; init; } = PassivePortRange.Default;

    /// <summary>The IPv4 address to announce in 227 replies; null: the address by which the client reached the relay.</summary>
    public IPAddress? PassiveAddress { get; init; }

    /// <summary>How long a data port is kept for reuse; zero closes it with its transfer.</summary>
    public TimeSpan PortLinger { get; init; }

    /// <summary>Whether to ask the device for the next data port before the client does, while it fetches file after file.</summary>
    public bool Prefetch { get; init; }

    /// <summary>How long the control port is kept after the last client has gone.</summary>
    public TimeSpan ControlLinger { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>FTP sessions at once; the next is greeted with 421.</summary>
    public int MaxSessions { get; init; } = DefaultMaxSessions;

    /// <summary>How long a session may stay without a command, a reply or a data byte before it gets 421.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the device may take to greet a client.</summary>
    public TimeSpan GreetingTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the device and the client each have to make a data connection once it is announced.</summary>
    public TimeSpan DataConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long an ended transfer may wait for what is missing: its final reply, or the last data bytes.</summary>
    public TimeSpan SettleTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Offers explicit FTPS (RFC 4217) to local clients with this certificate and its private key.</summary>
    public X509Certificate2? TlsCertificate { get; init; }

    /// <summary>What is known of the device's FTP server; null for nothing.</summary>
    public DeviceTraits? Traits { get; init; }

    /// <summary>Serves many devices, of which each client names one in its login; null for the one <see cref="RelayOptions.Device"/>.</summary>
    public FleetOptions? Fleet { get; init; }

    /// <summary>Lets the device announce data ports below 1024, against RFC 2577's advice.</summary>
    public bool AllowLowDataPorts { get; init; }
}

/// <summary>What the sessions of one proxy, or of one device of a fleet, share.</summary>
internal sealed record SessionServices
{
    public required string ProxyName { get; init; }

    public required FtpProxyOptions Options { get; init; }

    public required EntryManager Ports { get; init; }

    /// <summary>The port to the device's FTP server; null before a client of a fleet has named its device.</summary>
    public required SharedLease? ControlPort { get; init; }

    /// <summary>The devices that clients choose from; null where there is one only.</summary>
    public Fleet? Fleet { get; init; }

    public required IGatewayDialer Dialer { get; init; }

    public required PassivePortPool PassivePorts { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILogger Logger { get; init; }

    public SslServerAuthenticationOptions? LocalTls { get; init; }

    /// <summary>What is known of the device.</summary>
    public required DeviceTraits Traits { get; init; }
}
