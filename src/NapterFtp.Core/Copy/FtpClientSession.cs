using System.Collections.Concurrent;
using System.Globalization;
using System.Security;
using System.Text;
using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;
using NapterFtp.Ftp.Listings;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>One FTP session with a device: logged in, binary, ready for commands. One caller at a time.</summary>
internal sealed partial class FtpClientSession : IAsyncDisposable
{
    private readonly SessionContext _context;
    private readonly DeviceDataPorts _ports;
    private readonly IGatewayDialer _dialer;
    private readonly Activity _activity;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private ControlChannel _channel;

    private FtpClientSession(ControlChannel channel, SessionContext context, int number)
    {
        _channel = channel;
        _context = context;
        _ports = context.Ports;
        _dialer = context.Dialer;
        _activity = context.Activity;
        _time = context.Time;
        _logger = context.Logger;
        Options = context.Options;
        Traits = context.Traits;
        KnownFolders = context.KnownFolders;
        Device = context.Device;
        Number = number;
    }

    public FtpClientOptions Options { get; }

    public DeviceTraits Traits { get; }

    /// <summary>What is known of the clock behind LIST's times: the zone that the user told outranks what was found out.</summary>
    public ListingClock Clock => Options.TimeZone is { } zone ? Traits.Clock with { Zone = zone } : Traits.Clock;

    /// <inheritdoc cref="SessionContext.KnownFolders"/>
    public ConcurrentDictionary<string, bool> KnownFolders { get; }

    /// <summary>The device and port, for messages.</summary>
    public string Device { get; }

    /// <summary>Counted from 1 for each device.</summary>
    public int Number { get; }

    public ILogger Logger => _logger;

    public DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>What the device greeted with.</summary>
    public FtpReply? Greeting { get; private set; }

    /// <summary>Whether further commands make sense; otherwise the session is to be closed and a new one opened.</summary>
    public bool IsUsable => _channel is { IsOpen: true, IsLeaving: false };

    /// <summary>Whether another command can go on with the session from here.</summary>
    public bool IsIdle => _channel.IsIdle;

    /// <summary>Waits a little for what was sent behind the last transfer to be answered, so that the session is idle.</summary>
    public async Task SettleAsync()
    {
        var pending = new[] { _probe?.Final, _ahead?.Final }.OfType<Task>().ToList();
        if (pending.Exists(answer => !answer.IsCompleted))
        {
            await Task.WhenAny(Task.WhenAll(pending), Task.Delay(Options.QuietTime, _time));
        }
    }

    /// <summary>Begins a session over a fresh control connection.</summary>
    /// <param name="connection">The control connection, the session's own from now on, also when this fails.</param>
    /// <param name="context">What the sessions to the device share.</param>
    /// <param name="number">The session's number.</param>
    /// <param name="forTransfer">Whether a transfer is likely to come first.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException"><c>DeviceBusy</c>, <c>DeviceRefusedSession</c>, <c>FtpLoginRefused</c>, <c>DeviceReplyTimeout</c>, <c>DeviceConnectionLost</c>.</exception>
    public static async Task<FtpClientSession> BeginAsync(
        Connection connection, SessionContext context, int number, bool forTransfer, CancellationToken cancellationToken)
    {
        var session = await MeetAsync(connection, context, number, cancellationToken);
        try
        {
            await session.EnterAsync(forTransfer, cancellationToken);
            return session;
        }
        catch
        {
            await session._channel.DisposeAsync();
            throw;
        }
    }

    /// <summary>The beginning of <see cref="BeginAsync"/> alone: waits for the device's greeting.</summary>
    public static async Task<FtpClientSession> MeetAsync(
        Connection connection, SessionContext context, int number, CancellationToken cancellationToken)
    {
        var channel = new ControlChannel(connection, context);
        try
        {
            var session = new FtpClientSession(channel, context, number);
            await session.GreetAsync(cancellationToken);
            return session;
        }
        catch
        {
            await channel.DisposeAsync();
            throw;
        }
    }

    /// <summary>The rest of <see cref="BeginAsync"/>, one command after the other: logs in and makes the session ready.</summary>
    public async Task EnterStepByStepAsync(CancellationToken cancellationToken)
    {
        await LogInAsync(cancellationToken);
        await NegotiateAsync(cancellationToken);
    }

    public FtpCommand Command(string verb, string? argument = null) =>
        FtpCommand.Create(verb, argument is null ? [] : Options.Names.Encode(argument));

    /// <summary>Asks for something about a path that the device must grant.</summary>
    /// <exception cref="NapterFtpException">The device refused.</exception>
    public async Task<FtpReply> DemandAsync(string verb, string path, CancellationToken cancellationToken)
    {
        var command = Command(verb, path);
        var reply = await AskAsync(command, cancellationToken);
        if (reply.IsNegative)
        {
            Traits.Learn(verb, reply);
            throw Errors.Refused(Device, command, path, reply);
        }

        return reply;
    }

    /// <summary>The file's bytes as SIZE tells, or null where it does not.</summary>
    public async Task<long?> SizeAsync(string path, CancellationToken cancellationToken) =>
        Traits.May("SIZE") ? ReadSize(await AskAsync(Command("SIZE", path), cancellationToken)) : null;

    public long? ReadSize(FtpReply? reply)
    {
        if (reply is not null)
        {
            Traits.Learn("SIZE", reply);
        }

        return reply?.Code == 213 && long.TryParse(LastWordOf(reply), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;
    }

    /// <summary>The file's time as MDTM tells, in UTC, or null where it does not.</summary>
    public async Task<DateTimeOffset?> TimeAsync(string path, CancellationToken cancellationToken) =>
        Traits.May("MDTM") ? ReadTime(await AskAsync(Command("MDTM", path), cancellationToken)) : null;

    public DateTimeOffset? ReadTime(FtpReply? reply)
    {
        if (reply is not null)
        {
            Traits.Learn("MDTM", reply);
        }

        return reply?.Code == 213 ? FtpTime.Parse(reply.Message.Span)?.Value : null;
    }

    // Some devices put words before the number.
    private static string LastWordOf(FtpReply reply)
    {
        var text = Encoding.ASCII.GetString(reply.Message.Span).Trim();
        return text[(text.LastIndexOfAny([' ', '\t']) + 1)..];
    }

    /// <summary>Says goodbye within <see cref="FtpClientOptions.QuitTimeout"/>; a transfer still running is aborted.</summary>
    public async ValueTask DisposeAsync() => await _channel.CloseAsync(Options.QuitTimeout);

    private async Task GreetAsync(CancellationToken cancellationToken)
    {
        var reply = await _channel.WaitAsync(_channel.Greeting, Options.ReplyTimeout, cancellationToken);
        Greeting = reply;
        if (reply is null || Errors.IsBusy(reply))
        {
            throw reply is null ? Errors.UnexpectedReply(Device, "the connection", null) : Errors.Busy(Device, reply);
        }

        if (!reply.IsCompletion)
        {
            throw Errors.NotFtp(Device, reply);
        }
    }
}

/// <summary>How the FTP client talks to a device. Every wait has a limit here.</summary>
internal sealed record FtpClientOptions
{
    public FtpLogin Login { get; init; } = FtpLogin.Anonymous;

    /// <summary>The encoding of names.</summary>
    public NameCodec Names { get; init; } = NameCodec.Utf8;

    /// <summary>Whether files go in ASCII, their line ends changed on the way (RFC 959 §3.1.1.1), instead of byte for byte.</summary>
    public bool Ascii { get; init; }

    /// <summary>What was learned of the device before; null for nothing.</summary>
    public LearnedTraits? Learned { get; init; }

    /// <summary>Which ports of a router lead to the device's.</summary>
    public DevicePortMap PortMap { get; init; } = DevicePortMap.None;

    /// <summary>The zone that the times in LIST are in; null where it is to be found out.</summary>
    public TimeZoneInfo? TimeZone { get; init; }

    /// <summary>How folders are listed.</summary>
    public NapterFtpListingFormat ListingFormat { get; init; }

    /// <summary>Whether the device is told nothing on the control connection while a transfer runs: no NOOP, nothing ahead.</summary>
    public bool QuietTransfers { get; init; }

    /// <summary>How long SORACOM may take to open a port, and then a connection to be made. The wait for the rate limit, which a fleet
    /// has to bear, is no part of it.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a port may wait for its turn under SORACOM's rate limit: as long as the user lets the command run.</summary>
    public TimeSpan TurnPatience { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How long a reply may take; cellular devices take seconds.</summary>
    public TimeSpan ReplyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a data connection may be silent.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the final reply may take once the data has ended, before the device is asked whether it is still there.</summary>
    public TimeSpan FinalReplyGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long each answer may take to what is sent together with the login, before it is taken for lost: servers have who gives
    /// a wrong password wait for seconds, and it must not be given twice. And how long FEAT may take, before it is taken for left unanswered.</summary>
    public TimeSpan LoginGrace { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a device that gives replies nobody asked for must be silent before it is sent the next command.</summary>
    public TimeSpan QuietTime { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a passive reply asked for ahead stays good: devices give up listening after a while.</summary>
    public TimeSpan PassiveReplyLife { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>After how long an idle session is asked whether it is still there before it is used again.</summary>
    public TimeSpan TrustedIdleTime { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long saying goodbye may take.</summary>
    public TimeSpan QuitTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Data ports kept open for reuse at a time; the one not used for longest gives way. More than the ports that a router
    /// in front of a device usually forwards.</summary>
    public int DataPortLimit { get; init; } = 48;

    /// <summary>The life asked for a port.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromHours(4);

    /// <summary>The name under which the ports are listed; null for none.</summary>
    public string? PortOwner { get; init; }

    /// <summary>Data ports of the device below this are refused (RFC 2577 §3).</summary>
    public int LowestDataPort { get; init; } = 1024;

    /// <summary>Bytes of one listing before the device is judged broken.</summary>
    public int ListingLimit { get; init; } = 64 * 1024 * 1024;

    /// <summary>Folders below each other before a loop is suspected.</summary>
    public int DepthLimit { get; init; } = 64;
}

/// <summary>How to log in to the device's FTP server.</summary>
/// <param name="UserName">The user's name.</param>
/// <param name="Password">The password; null for an empty one.</param>
/// <param name="Account">What ACCT sends where a device asks for an account (332); mostly null.</param>
internal sealed record FtpLogin(string UserName, SecureString? Password, SecureString? Account = null)
{
    /// <summary>What RFC 1635 has clients do where no credential is given.</summary>
    public static FtpLogin Anonymous { get; } = new("anonymous", null);

    public bool IsAnonymous => UserName.Equals("anonymous", StringComparison.OrdinalIgnoreCase);
}
