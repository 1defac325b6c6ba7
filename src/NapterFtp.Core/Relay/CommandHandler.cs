using System.Net;
using System.Net.Sockets;
using System.Text;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>What the relay does with each command of a client: most go to the device as they are; those about data connections
/// and TLS are the relay's own affair.</summary>
internal sealed class CommandHandler(ControlSession session)
{
    private static readonly string[] Security = ["AUTH", "PBSZ", "PROT", "CCC", "ADAT", "MIC", "CONF", "ENC"];
    private static readonly string[] TlsFeatures = ["AUTH TLS", "PBSZ", "PROT"];

    private readonly LocalTls _tls = new(session);
    private readonly PassiveAhead _ahead = new(session);
    private PassiveExchange? _passive;
    private TransferExchange? _withoutPort;
    private PassiveMode? _wanted;
    private bool _onlyEpsv;
    private bool _restarts;

    /// <summary>Explicit FTPS with the client.</summary>
    public LocalTls Tls => _tls;

    /// <summary>Whether the client has asked to leave.</summary>
    public bool QuitSent { get; private set; }

    /// <summary>The data connection that the client has asked for last; null where there is none.</summary>
    public DataConnection? Current => _passive?.Current;

    /// <summary>What the relay offers whatever the device is, as lines of a reply to FEAT.</summary>
    public static IReadOnlyList<string> OwnFeatures(LocalTls tls) => tls.IsOffered ? TlsFeatures : [];

    /// <summary>The answer to a line that is no command, whatever the device is; null where it may be one.</summary>
    public static (int Code, string Text)? Refusal(FtpCommand command) =>
        // A device that ends lines at CR alone would take what follows for another command.
        command.HoldsControl ? (501, "A command must hold neither a carriage return nor a NUL.")
        : command.IsTooLong ? (500, "The command line is too long.")
        : command.Verb.Length == 0 ? (500, "An empty line is no command.")
        : null;

    /// <summary>Handles one command; returns when the next may be read.</summary>
    public async Task HandleAsync(FtpCommand command, FtpCommandReader reader, CancellationToken cancellationToken)
    {
        using var turn = await _ahead.TakeTurnAsync(command, cancellationToken);
        if (Refusal(command) is var (code, text))
        {
            await AnswerAsync(code, text, cancellationToken);
        }
        else if (command.IsSecurity)
        {
            await _tls.HandleAsync(command, reader, cancellationToken);
        }
        else if (command.IsEpsvAll)
        {
            // Answered here: the device may know PASV only, and then the relay still has to use it.
            _onlyEpsv = true;
            await AnswerAsync(200, "EPSV ALL accepted.", cancellationToken);
        }
        else if (command.IsPassive)
        {
            await HandlePassiveAsync(command, cancellationToken);
        }
        else if (command.IsActive)
        {
            await HandleActiveAsync(command, cancellationToken);
        }
        else if (command.IsTransfer)
        {
            await HandleTransferAsync(command, cancellationToken);
        }
        else
        {
            await HandleOtherAsync(command, cancellationToken);
        }
    }

    /// <summary>A transfer has gone well.</summary>
    /// <param name="length">The bytes it moved.</param>
    public void NoteTransfer(long length) => _ahead.NoteLength(length);

    /// <summary>Lets a data port go that the device was asked for ahead of the client.</summary>
    public void DropAhead() => _ahead.Drop();

    /// <summary>Lets the data ports go with the session.</summary>
    /// <param name="reason">Why, for a transfer that this cuts.</param>
    public void EndDataPort(Failure reason)
    {
        Current?.EndWithSession(reason);
        _ahead.Current?.EndWithSession(reason);
    }

    /// <summary>Ends when the data ports have let everything go.</summary>
    public Task DataPortEnded() =>
        Task.WhenAll(Current?.Completion ?? Task.CompletedTask, _ahead.Current?.Completion ?? Task.CompletedTask);

    private async Task HandlePassiveAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        var wanted = command.Verb == "EPSV" ? PassiveMode.Extended : PassiveMode.Plain;
        var argument = Encoding.ASCII.GetString(command.Argument.Span).Trim();
        if (wanted == PassiveMode.Plain && _onlyEpsv)
        {
            await RefuseAfterEpsvAllAsync(cancellationToken);
        }
        else if (wanted == PassiveMode.Extended && argument.Length > 0 && argument != Protocol)
        {
            // RFC 2428, section 3: about the connection between the client and us.
            await AnswerAsync(522, $"Network protocol not supported, use ({Protocol})", cancellationToken);
        }
        else if (wanted == PassiveMode.Plain && argument.Length > 0)
        {
            await AskForDataPortAsync(wanted, new PassiveAnswer(wanted), cancellationToken, command.Raw);
        }
        else if (wanted == PassiveMode.Plain
            && session.Services.Options.PassiveAddress is null
            && session.LocalAddress.AddressFamily != AddressFamily.InterNetwork)
        {
            await AnswerAsync(425, "PASV cannot name an IPv6 address; use EPSV.", cancellationToken);
        }
        else
        {
            await AskForDataPortAsync(wanted, new PassiveAnswer(wanted), cancellationToken);
        }
    }

    private string Protocol => session.LocalAddress.AddressFamily == AddressFamily.InterNetwork ? "1" : "2";

    private async Task HandleActiveAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        if (_onlyEpsv)
        {
            await RefuseAfterEpsvAllAsync(cancellationToken);
            return;
        }

        var unknownProtocol = false;
        var endPoint = new IPEndPoint(IPAddress.None, 0);
        var understood = command.Verb switch
        {
            "PORT" => PortCommand.TryParsePort(command.Argument.Span, out endPoint),
            "EPRT" => PortCommand.TryParseEprt(command.Argument.Span, out endPoint, out unknownProtocol),
            _ => false,
        };
        if (unknownProtocol)
        {
            await AnswerAsync(522, "Network protocol not supported, use (1,2)", cancellationToken);
        }
        else if (!understood)
        {
            // The device knows best how to say so. Should it take what we do not understand, the client must not rely on it.
            await PassOnAsync(
                command,
                reply => reply.IsNegative ? reply : FtpReply.Create(501, $"{command.Verb} is not understood."),
                cancellationToken);
        }
        else if (!Addresses.AreSame(endPoint.Address, session.ClientAddress))
        {
            // No bounce (RFC 2577): only to the client itself, and to no service of the system's.
            await AnswerAsync(501, $"{command.Verb} to a foreign address is refused: only your own, {session.ClientAddress}.", cancellationToken);
        }
        else if (endPoint.Port < 1024)
        {
            await AnswerAsync(501, $"{command.Verb} to a privileged port is refused: only from 1024 up.", cancellationToken);
        }
        else
        {
            await AskForDataPortAsync(PassiveMode.Plain, new ActiveAnswer(command.Verb, endPoint), cancellationToken);
        }
    }

    private async Task AskForDataPortAsync(
        PassiveMode wanted, ClientAnswer answer, CancellationToken cancellationToken, ReadOnlyMemory<byte> verbatim = default)
    {
        _wanted = answer is PassiveAnswer ? wanted : null;
        if (_ahead.Take() is { } ahead)
        {
            _passive = ahead;
            if (answer is PassiveAnswer && verbatim.IsEmpty && await PassiveAhead.IsReadyAsync(ahead, cancellationToken))
            {
                await session.Client.AddAsync(answer.Format(session, ahead.Client!), cancellationToken);
                return;
            }
        }

        var slot = await session.Client.AddAsync(cancellationToken);
        var negotiation = new PassiveNegotiation(session.Services.Traits, wanted, insists: !verbatim.IsEmpty);
        var exchange = _passive = new PassiveExchange(session, slot, negotiation, answer, _passive, verbatim);
        await exchange.BeginAsync(cancellationToken);
        if (_withoutPort is { } waiting)
        {
            _withoutPort = null;
            session.Defer(async ended =>
            {
                if (await exchange.DataConnection.WaitAsync(ended) is { } port)
                {
                    waiting.Adopt(port);
                }
            });
        }
    }

    private async Task HandleTransferAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        if (_ahead.IsAsked)
        {
            // The device listens for a connection that the client knows nothing of; without it, this is what it would say.
            await AnswerAsync(425, "Use PASV or EPSV first.", cancellationToken);
            return;
        }

        // A client may send the transfer command without waiting for the passive reply.
        var port = _passive is null ? null : await _passive.DataConnection.WaitAsync(cancellationToken);
        if (port is { IsEnded: true, DeviceReady.IsFaulted: false })
        {
            // It has served its transfer; without another passive reply the device must decide.
            port = null;
        }

        var slot = await session.Client.AddAsync(cancellationToken);
        if (port is not null)
        {
            try
            {
                await port.DeviceReady.WaitAsync(cancellationToken);
            }
            catch (NapterFtpException e)
            {
                slot.Complete(RelayReply.Error(425, e));
                port.End(Failure.Of(FailingSide.Gateway, e));
                return;
            }
        }

        var exchange = new TransferExchange(session, slot, command, isWhole: !_restarts);
        _restarts = false;
        exchange.Begin(port);
        _withoutPort = port is null ? exchange : null;
        await session.SendAsync(exchange, command.Raw, cancellationToken);
        if (port is not null && _wanted is { } wanted && !port.IsUpload)
        {
            // Not behind an upload: a device that has not taken its data connection yet may forget it then, store an empty file and call it whole.
            await _ahead.AskAsync(wanted, _passive!, cancellationToken);
        }
    }

    private async Task HandleOtherAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        Func<FtpReply, FtpReply>? onFinal = null;
        switch (command.Verb)
        {
            case "ABOR":
                Current?.Abandon();
                break;
            case "FEAT":
                // RFC 2389: what the relay answers itself is shown or hidden as the relay offers it.
                onFinal = reply => reply.IsCompletion ? FeatReply.Rewrite(reply, Security, OwnFeatures(_tls)) : reply;
                break;
            case "QUIT":
                QuitSent = true;
                onFinal = reply =>
                {
                    // Refused, such as for an argument, it ends nothing.
                    QuitSent = !reply.IsNegative;
                    if (QuitSent)
                    {
                        session.NoteFarewell();
                    }

                    return reply;
                };
                break;
            case "REIN":
                // RFC 959, section 4.1.1: the session starts afresh once a transfer in progress has ended.
                var passive = _passive;
                onFinal = reply =>
                {
                    if (reply.IsCompletion)
                    {
                        passive?.Current?.Supersede();
                    }

                    return reply;
                };
                break;
            case "REST":
                _restarts = true;
                break;
            case "USER" when session.Login is { } login:
                if (login.Rewrite(command) is not { } user)
                {
                    await AnswerAsync(530, "One device a session; connect anew for another.", cancellationToken);
                    return;
                }

                command = user;
                break;
        }

        await PassOnAsync(command, onFinal, cancellationToken);
    }

    private async Task PassOnAsync(FtpCommand command, Func<FtpReply, FtpReply>? onFinal, CancellationToken cancellationToken)
    {
        var slot = await session.Client.AddAsync(cancellationToken);
        await session.SendAsync(new RelayedCommand(command.Verb, slot, onFinal), command.Wire, cancellationToken);
    }

    private Task RefuseAfterEpsvAllAsync(CancellationToken cancellationToken) =>
        AnswerAsync(503, "After EPSV ALL only EPSV opens data connections (RFC 2428).", cancellationToken);

    private Task AnswerAsync(int code, string text, CancellationToken cancellationToken) => session.AnswerAsync(code, text, cancellationToken);
}
