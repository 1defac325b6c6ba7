using System.Net;
using System.Text;
using NapterFtp.Ftp;

namespace NapterFtp.Relay;

/// <summary>The device is asked for a data port. The client's answer is held back until a Napter port for it is open and the
/// relay is ready for the client's connection; if that fails the client gets 425 with the reason, and the session goes on.</summary>
/// <param name="session">The session.</param>
/// <param name="slot">The client's place in line; null where it has not asked yet.</param>
/// <param name="negotiation">How the device is asked.</param>
/// <param name="answer">How the client is told.</param>
/// <param name="previous">The data port that this one takes the place of.</param>
/// <param name="verbatim">The client's own line where only that will do.</param>
internal sealed class PassiveExchange(
    ControlSession session,
    ReplySlot? slot,
    PassiveNegotiation negotiation,
    ClientAnswer answer,
    PassiveExchange? previous,
    ReadOnlyMemory<byte> verbatim = default) : RelayedCommand(negotiation.Verb, slot)
{
    private readonly TaskCompletionSource<DataConnection?> _dataPort = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The data port; null where none could be had.</summary>
    public Task<DataConnection?> DataConnection => _dataPort.Task;

    /// <summary>The data port where there is one by now.</summary>
    public DataConnection? Current => DataConnection is { IsCompletedSuccessfully: true, Result: var port } ? port : null;

    /// <summary>The client's end of the data port; null where there is none.</summary>
    public IDataClient? Client { get; private set; }

    /// <summary>The bytes to send.</summary>
    public ReadOnlyMemory<byte> Command => verbatim.IsEmpty ? Encoding.ASCII.GetBytes(negotiation.Verb + "\r\n") : verbatim;

    /// <summary>Asks the device. One that knows active mode only is told where to come to; until then no further command goes to it, for its
    /// answers keep their order.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => session.MayReturn && session.Services.Traits.ActiveOnly && verbatim.IsEmpty
        ? ReturnAsync(refusal: null, cancellationToken)
        : session.SendAsync(this, Command, cancellationToken);

    public override void OnFinal(FtpReply reply)
    {
        Supersede();
        if (Slot is null && reply.Code == 421)
        {
            // Not about what was asked, but the device's farewell to the client.
            session.PassOnUnasked(reply);
        }

        session.Defer(cancellationToken => AnswerAsync(reply, cancellationToken));
    }

    public override void OnUnanswered()
    {
        base.OnUnanswered();
        _dataPort.TrySetResult(null);
    }

    private async Task AnswerAsync(FtpReply reply, CancellationToken cancellationToken)
    {
        try
        {
            var step = negotiation.Take(reply);
            if (step.Outcome == PassiveOutcome.AskAgain)
            {
                await session.SendAsync(this, Command, cancellationToken);
                return;
            }

            if (step.Outcome == PassiveOutcome.Announced)
            {
                await OpenAsync(step.Port, cancellationToken);
            }
            else if (session.MayReturn && Slot is not null && verbatim.IsEmpty && reply.Code is not (421 or 530))
            {
                await ReturnAsync(reply, cancellationToken);
                return;
            }
            else
            {
                Slot?.Complete(step.Outcome == PassiveOutcome.Refused
                    ? reply.Raw
                    : RelayReply.Line(425, $"The device's passive reply is not understood: {reply.Text}"));
            }
        }
        catch (Exception e) when (e is NapterFtpException or OperationCanceledException)
        {
            Slot?.Complete(RelayReply.Error(425, e));
        }

        _dataPort.TrySetResult(null);
    }

    private void Supersede()
    {
        // The device uses one data port at a time, so the earlier one is of no use from now on.
        previous?.Current?.Supersede();

        // Not kept: each exchange would hold all those before it.
        previous = null;
        Slot?.MarkAnswered();
    }

    /// <summary>Tells the device where to come to, at its router.</summary>
    /// <param name="refusal">What it said to passive mode; null where it is known to have none.</param>
    /// <param name="cancellationToken">Ends with the session.</param>
    private async Task ReturnAsync(FtpReply? refusal, CancellationToken cancellationToken)
    {
        try
        {
            var client = answer.CreateClient(session);
            var port = await session.OpenReturnPortAsync(client, cancellationToken);
            Client = client;
            var told = new ReturnCommand(this, port, refusal);
            await session.SendAsync(told, Encoding.ASCII.GetBytes($"PORT {PortCommand.FormatPort(port.ReturnEndPoint!)}\r\n"), cancellationToken);
        }
        catch (NapterFtpException e)
        {
            Slot?.Complete(RelayReply.Error(425, e));
            _dataPort.TrySetResult(null);
        }
    }

    /// <summary>The device's PORT, which goes for the client's PASV or PORT.</summary>
    private sealed class ReturnCommand(PassiveExchange owner, DataConnection port, FtpReply? refusal) : RelayedCommand("PORT", slot: null)
    {
        public override void OnFinal(FtpReply reply)
        {
            owner.Supersede();
            owner.TakeReturn(reply, port, refusal);
        }

        public override void OnUnanswered()
        {
            port.End(null);
            owner.OnUnanswered();
        }
    }

    private void TakeReturn(FtpReply reply, DataConnection port, FtpReply? refusal)
    {
        // Refused by one that took it before, passive mode may do by now.
        session.Services.Traits.ActiveOnly = reply.IsCompletion;
        if (reply.IsCompletion)
        {
            _dataPort.TrySetResult(port);
            Slot?.Complete(answer.Format(session, Client!));
            return;
        }

        port.End(null);
        _dataPort.TrySetResult(null);
        Slot?.Complete((refusal ?? reply).Raw);
    }

    private async Task OpenAsync(int devicePort, CancellationToken cancellationToken)
    {
        if (devicePort < 1024 && !session.Services.Options.AllowLowDataPorts)
        {
            throw new NapterFtpException(
                "DeviceDataPortRefused",
                NapterFtpErrorKind.Security,
                $"The device announced data port {devicePort}; ports below 1024 belong to other services.",
                "If the device is right, start the proxy with -AllowLowDataPort.",
                devicePort);
        }

        // The local port first: it costs nothing, and where there is none SORACOM need not be asked.
        var client = answer.CreateClient(session);
        var port = await session.OpenDataPortAsync(devicePort, client, cancellationToken);
        Client = client;
        _dataPort.TrySetResult(port);
        Slot?.Complete(answer.Format(session, client));
    }
}

/// <summary>How a client that asked for a data port is told of it.</summary>
internal abstract record ClientAnswer
{
    /// <summary>The client's end of the data connection.</summary>
    public abstract IDataClient CreateClient(ControlSession session);

    /// <summary>The reply that tells the client that its port is ready.</summary>
    public abstract ReadOnlyMemory<byte> Format(ControlSession session, IDataClient client);
}

/// <summary>The client asked with PASV or EPSV and comes to us; it is answered in the form it asked for.</summary>
internal sealed record PassiveAnswer(PassiveMode Mode) : ClientAnswer
{
    public override IDataClient CreateClient(ControlSession session) => new PassiveDataClient(
        session.Services.PassivePorts.Listen(session.LocalAddress), session.ClientAddress, session.Services.Logger);

    public override ReadOnlyMemory<byte> Format(ControlSession session, IDataClient client)
    {
        var port = client.LocalEndPoint!.Port;
        return Mode == PassiveMode.Extended
            ? PassiveReply.Format229(port)
            : PassiveReply.Format227(session.Services.Options.PassiveAddress ?? session.LocalAddress, port);
    }
}

/// <summary>The client gave a port of its own with PORT or EPRT, and we go to it.</summary>
internal sealed record ActiveAnswer(string Verb, IPEndPoint Client) : ClientAnswer
{
    public override IDataClient CreateClient(ControlSession session) => new ActiveDataClient(Client, session.LocalAddress);

    public override ReadOnlyMemory<byte> Format(ControlSession session, IDataClient client) =>
        RelayReply.Line(200, $"{Verb} command successful.");
}
