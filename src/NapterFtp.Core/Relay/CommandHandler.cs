using System.Net;
using System.Net.Sockets;
using NapterFtp.Ftp;

namespace NapterFtp.Relay;

/// <summary>What the relay does with each command of a client: most go to the device as they are; those about data connections
/// and TLS are the relay's own affair.</summary>
internal sealed class CommandHandler(ControlSession session)
{
    private readonly LocalTls _tls = new(session);
    private readonly PassiveAhead _ahead = new(session);
    private PassiveExchange? _passive;
    private PassiveVerb? _wanted;
    private bool _onlyEpsv;
    private bool _restarts;

    /// <summary>Whether the client has asked to leave.</summary>
    public bool QuitSent { get; private set; }

    /// <summary>Handles one command; returns when the next may be read.</summary>
    public async Task HandleAsync(FtpCommand command, FtpCommandReader reader, CancellationToken cancellationToken)
    {
        using var turn = await _ahead.TakeTurnAsync(command, cancellationToken);
        if (command.IsTooLong || command.Verb.Length == 0)
        {
            await AnswerAsync(500, command.IsTooLong ? "The command line is too long." : "An empty line is no command.", cancellationToken);
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

    /// <summary>Lets the data ports go with the session.</summary>
    /// <param name="reason">Why, for a transfer that this cuts.</param>
    public void EndDataPort(string reason)
    {
        Current?.EndWithSession(reason);
        _ahead.Current?.EndWithSession(reason);
    }

    /// <summary>Ends when the data ports have let everything go.</summary>
    public Task DataPortEnded() =>
        Task.WhenAll(Current?.Completion ?? Task.CompletedTask, _ahead.Current?.Completion ?? Task.CompletedTask);

    private DataConnection? Current => _passive?.Current;

    private async Task HandlePassiveAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        var wanted = command.Verb == "EPSV" ? PassiveVerb.Epsv : PassiveVerb.Pasv;
        if (wanted == PassiveVerb.Pasv && _onlyEpsv)
        {
            await RefuseAfterEpsvAllAsync(cancellationToken);
        }
        else if (wanted == PassiveVerb.Pasv
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
            await AnswerAsync(501, $"{command.Verb} is not understood.", cancellationToken);
        }
        else if (!Addresses.AreSame(endPoint.Address, session.ClientAddress) || endPoint.Port < 1024)
        {
            // No bounce (RFC 2577): only to the client itself, and to no service of the system's.
            await AnswerAsync(500, $"Illegal {command.Verb} command: only your own address and ports from 1024 up.", cancellationToken);
        }
        else
        {
            await AskForDataPortAsync(PassiveVerb.Pasv, new ActiveAnswer(command.Verb, endPoint), cancellationToken);
        }
    }

    private async Task AskForDataPortAsync(PassiveVerb wanted, ClientAnswer answer, CancellationToken cancellationToken)
    {
        _wanted = answer is PassiveAnswer ? wanted : null;
        if (_ahead.Take() is { } ahead)
        {
            _passive = ahead;
            if (answer is PassiveAnswer && await PassiveAhead.IsReadyAsync(ahead, cancellationToken))
            {
                await session.Client.AddAsync(answer.Format(session, ahead.Client!), cancellationToken);
                return;
            }
        }

        var slot = await session.Client.AddAsync(cancellationToken);
        _passive = new PassiveExchange(session, slot, session.Services.Traits.Choose(wanted), answer, _passive);
        await session.Device.SendAsync(_passive, _passive.Command, cancellationToken);
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
                port.End(e.Message);
                return;
            }

            port.BeginTransfer(command);
        }

        var exchange = new TransferExchange(session, slot, command.Direction, port, isWhole: !_restarts);
        _restarts = false;
        exchange.Begin();
        await session.Device.SendAsync(exchange, command.Raw, cancellationToken);
        if (port is not null && _wanted is { } wanted)
        {
            await _ahead.AskAsync(wanted, _passive!, cancellationToken);
        }
    }

    private async Task HandleOtherAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        var slot = await session.Client.AddAsync(cancellationToken);
        Exchange exchange;
        switch (command.Verb)
        {
            case "ABOR":
                Current?.Abandon();
                exchange = new AbortExchange(slot);
                break;
            case "FEAT":
                exchange = new FeatExchange(slot, _tls.IsOffered);
                break;
            case "QUIT":
                QuitSent = true;
                exchange = new QuitExchange(session, slot);
                break;
            case "REIN":
                exchange = new ReinitializeExchange(slot, _passive);
                break;
            case "REST":
                _restarts = true;
                exchange = new PlainExchange(slot);
                break;
            default:
                exchange = new PlainExchange(slot);
                break;
        }

        await session.Device.SendAsync(exchange, command.Raw, cancellationToken);
    }

    private Task RefuseAfterEpsvAllAsync(CancellationToken cancellationToken) =>
        AnswerAsync(503, "After EPSV ALL only EPSV opens data connections (RFC 2428).", cancellationToken);

    private async Task AnswerAsync(int code, string text, CancellationToken cancellationToken) =>
        await session.Client.AddAsync(RelayReply.Line(code, text), cancellationToken);
}
