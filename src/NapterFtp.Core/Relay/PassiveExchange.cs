using System.Net;
using System.Text;
using NapterFtp.Ftp;

namespace NapterFtp.Relay;

/// <summary>The device is asked for a data port. The client's answer is held back until a Napter port for it is open and the
/// relay is ready for the client's connection; if that fails the client gets 425 with the reason, and the session goes on.</summary>
/// <param name="session">The session.</param>
/// <param name="slot">The client's place in line; null where it has not asked yet.</param>
/// <param name="verb">What the device is asked with.</param>
/// <param name="answer">How the client is told.</param>
/// <param name="previous">The data port that this one takes the place of.</param>
internal sealed class PassiveExchange(
    ControlSession session,
    ReplySlot? slot,
    PassiveVerb verb,
    ClientAnswer answer,
    PassiveExchange? previous) : Exchange(slot)
{
    private readonly TaskCompletionSource<DataConnection?> _dataPort = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PassiveVerb? _failed;

    /// <summary>The data port; null where none could be had.</summary>
    public Task<DataConnection?> DataConnection => _dataPort.Task;

    /// <summary>The data port where there is one by now.</summary>
    public DataConnection? Current => DataConnection is { IsCompletedSuccessfully: true, Result: var port } ? port : null;

    /// <summary>The client's end of the data port; null where there is none.</summary>
    public IDataClient? Client { get; private set; }

    /// <summary>Whether the client has not asked for it yet.</summary>
    public bool IsAhead => Slot is null;

    /// <summary>The bytes to send.</summary>
    public ReadOnlyMemory<byte> Command => Encoding.ASCII.GetBytes(verb == PassiveVerb.Epsv ? "EPSV\r\n" : "PASV\r\n");

    public override bool Accepts(FtpReply reply) => reply.Code is not (226 or 250 or 426);

    public override void OnFinal(FtpReply reply)
    {
        // The device listens on one port at a time, so the earlier one is of no use from now on.
        previous?.Current?.Supersede();

        // Not kept: each exchange would hold all those before it.
        previous = null;
        if (Slot is null && reply.Code == 421)
        {
            // Not about what was asked, but the device's farewell to the client.
            session.PassOnUnasked(reply);
        }

        session.Defer(cancellationToken => AnswerAsync(reply, cancellationToken));
    }

    public override void OnMissing()
    {
        base.OnMissing();
        _dataPort.TrySetResult(null);
    }

    private async Task AnswerAsync(FtpReply reply, CancellationToken cancellationToken)
    {
        try
        {
            if (PassiveReply.TryParse(reply, out var address))
            {
                await OpenAsync(address.Port, cancellationToken);
            }
            else if (CanAskOtherwise(reply))
            {
                await AskOtherwiseAsync(cancellationToken);
            }
            else
            {
                Refuse(reply.IsCompletion
                    ? RelayReply.Line(425, $"The device's passive reply is not understood: {reply.Text}")
                    : reply.Raw);
            }
        }
        catch (Exception e) when (e is NapterFtpException or OperationCanceledException)
        {
            Refuse(RelayReply.Error(425, e));
        }
        finally
        {
            if (_failed is null)
            {
                _dataPort.TrySetResult(null);
            }
        }
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
        if (_failed is { } lacking)
        {
            session.Services.Traits.Learn(lacking);
        }

        _failed = null;
        Client = client;
        _dataPort.TrySetResult(port);
        Slot?.Complete(answer.Format(session, client));
    }

    private void Refuse(ReadOnlyMemory<byte> reply)
    {
        _failed = null;
        Slot?.Complete(reply);
    }

    // Once, and not where the refusal is about the session (not logged in, shutting down) rather than the verb.
    private bool CanAskOtherwise(FtpReply reply) =>
        _failed is null && (reply.IsCompletion || reply.Code is 425 or 500 or 501 or 502 or 504 or 510 or 522);

    private async Task AskOtherwiseAsync(CancellationToken cancellationToken)
    {
        _failed = verb;
        verb = verb == PassiveVerb.Epsv ? PassiveVerb.Pasv : PassiveVerb.Epsv;
        await session.Device.SendAsync(this, Command, cancellationToken);
    }
}

/// <summary>The two ways to ask a device for a data port.</summary>
internal enum PassiveVerb
{
    /// <summary>RFC 959: answered with 227.</summary>
    Pasv,

    /// <summary>RFC 2428: answered with 229.</summary>
    Epsv,
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
internal sealed record PassiveAnswer(PassiveVerb Verb) : ClientAnswer
{
    public override IDataClient CreateClient(ControlSession session) => new PassiveDataClient(
        session.Services.PassivePorts.Listen(session.LocalAddress), session.ClientAddress, session.Services.Logger);

    public override ReadOnlyMemory<byte> Format(ControlSession session, IDataClient client)
    {
        var port = client.LocalEndPoint!.Port;
        return Verb == PassiveVerb.Epsv
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

/// <summary>What a device has shown of itself, so that later sessions need not find out again.</summary>
internal sealed class DeviceTraits
{
    private volatile bool _lacksEpsv;
    private volatile bool _lacksPasv;

    /// <summary>EPSV failed where PASV then worked.</summary>
    public bool LacksEpsv => _lacksEpsv;

    /// <summary>PASV failed where EPSV then worked.</summary>
    public bool LacksPasv => _lacksPasv;

    /// <summary>Remembers that one way failed and the other worked.</summary>
    public void Learn(PassiveVerb lacking)
    {
        if (lacking == PassiveVerb.Epsv)
        {
            _lacksEpsv = true;
        }
        else
        {
            _lacksPasv = true;
        }
    }

    /// <summary>The verb to send where the client asked for another.</summary>
    public PassiveVerb Choose(PassiveVerb wanted) => wanted switch
    {
        PassiveVerb.Epsv when _lacksEpsv => PassiveVerb.Pasv,
        PassiveVerb.Pasv when _lacksPasv => PassiveVerb.Epsv,
        _ => wanted,
    };
}
