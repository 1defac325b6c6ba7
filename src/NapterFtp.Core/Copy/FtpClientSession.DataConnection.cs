using Microsoft.Extensions.Logging;
using NapterFtp.Devices;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>Where the data connection goes, and making it.</summary>
internal sealed partial class FtpClientSession
{
    /// <summary>The port for a transfer: the device's, or one of its router's where the device knows active mode only.</summary>
    private async Task<DialledPort<EntryLease>> DataPortAsync(TransferRequest request, CancellationToken cancellationToken)
    {
        var router = Options.PortMap.Router;
        NapterFtpException? refused = null;
        if (!Traits.ActiveOnly || router is null)
        {
            try
            {
                return await TakeAsync(await PassivePortAsync(request.Following, cancellationToken), request.Command, cancellationToken);
            }
            catch (NapterFtpException exception) when (exception.ErrorId == "NoPassivePort" && router is { Via: NapterRouterVia.Napter } && IsUsable)
            {
                refused = exception;
            }
        }

        return await ReturnPortAsync(request, refused, cancellationToken);
    }

    /// <summary>Has the device come to a port of its router (PORT).</summary>
    private async Task<DialledPort<EntryLease>> ReturnPortAsync(TransferRequest request, NapterFtpException? refused, CancellationToken cancellationToken)
    {
        var port = await DialledPort<EntryLease>.TakeAsync(
            async token =>
            {
                var lease = await _ports.TakeReturnAsync(Number, request.Following > 0, token);
                lease.SetCommand(request.Command.Display);
                return lease;
            },
            ReturnedAsync,
            _logger,
            cancellationToken);
        try
        {
            var told = Command("PORT", PortCommand.FormatPort(port.Entry.Return!.EndPoint));
            var reply = await AskAsync(told, cancellationToken);

            // Refused by one that took it before, passive mode may do by now.
            Traits.ActiveOnly = reply.IsCompletion;
            return reply.IsCompletion ? port : throw refused ?? Errors.NoDataPort(Device, reply, reply);
        }
        catch (Exception exception)
        {
            _ports.Discard(port.Entry, exception.Message);
            throw;
        }
    }

    private async Task<Connection> ReturnedAsync(EntryLease lease, CancellationToken cancellationToken)
    {
        using var limit = new TimeLimit(Options.ConnectTimeout, _time, cancellationToken);
        try
        {
            return await lease.Return!.AcceptAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw EntryErrors.DeviceDidNotCome(lease.Return!.EndPoint, Options.ConnectTimeout);
        }
    }

    /// <summary>The device's port for the next data connection.</summary>
    private async Task<int> PassivePortAsync(int following, CancellationToken cancellationToken)
    {
        var port = await AnnouncedPortAsync(cancellationToken);
        _ports.Range.Announced(port);
        return KeepsOrder == true && following >= PassiveRange.WorthLooking && _ports.Range.TryBeginLook()
            ? await LookAheadAsync(port, following, cancellationToken)
            : port;
    }

    /// <summary>Asks for one port after the other until one comes again, and has all of them opened ahead: SORACOM takes longer to
    /// open a port than the device to send a small file.</summary>
    /// <returns>The port announced last, which alone is good for a connection.</returns>
    private async Task<int> LookAheadAsync(int port, int following, CancellationToken cancellationToken)
    {
        List<int> announced = [port];
        while (announced.Count < PassiveRange.Longest)
        {
            // No more at a time than small devices have room for.
            var batch = await _channel.SendAsync([.. Enumerable.Repeat(Command(Traits.PassiveMode.ToVerb()), PassiveRange.AtATime)], cancellationToken);
            foreach (var pending in batch)
            {
                var reply = await _channel.WaitAsync(pending, Options.ReplyTimeout, cancellationToken);
                if (reply is null || !PassiveReply.TryParse(reply, out var address))
                {
                    // It does not like so many. Whether it still listens is anybody's guess.
                    throw _channel.SetFault(Errors.UnexpectedReply(Device, Traits.PassiveMode.ToVerb(), reply));
                }

                announced.Add(Allowed(address.Port));
            }

            if (PassiveRange.HasRepeated(announced))
            {
                var ports = PassiveRange.WorthOpening(announced, following);
                _logger.LogDebug("{Device}: {Count} data ports pay to be opened ahead.", Device, ports.Count);
                _ports.OpenAhead([.. ports.Take(Options.DataPortLimit - 1)], Number);
                break;
            }
        }

        return announced[^1];
    }

    /// <summary>Asked for ahead, or now.</summary>
    private async Task<int> AnnouncedPortAsync(CancellationToken cancellationToken)
    {
        FtpReply? first = null;
        if (_ahead is { } ahead)
        {
            _ahead = null;
            var reply = await AnswerAheadAsync(ahead, cancellationToken);
            if (reply is not null && _time.GetElapsedTime(_aheadSince) < Options.PassiveReplyLife && PassiveReply.TryParse(reply, out var address))
            {
                return Allowed(address.Port);
            }

            first = reply is { IsNegative: true } ? reply : null;
        }

        var negotiation = new PassiveNegotiation(Traits, Traits.PassiveMode);
        while (true)
        {
            if (first is not null && !IsUsable)
            {
                throw Errors.NoDataPort(Device, first, first);
            }

            var reply = await AskAsync(Command(negotiation.Verb), cancellationToken);
            first ??= reply;
            var step = negotiation.Take(reply);
            if (step.Outcome == PassiveOutcome.Announced)
            {
                SettleProbe();
                return Allowed(step.Port);
            }

            if (step.Outcome != PassiveOutcome.AskAgain)
            {
                throw Errors.NoDataPort(Device, first, reply);
            }
        }
    }

    private int Allowed(int port) => port >= Options.LowestDataPort ? port : throw Errors.DataPortNotAllowed(Device, port);

    /// <summary>Finds out in what order the device answers, where a transfer has been run that tells.</summary>
    public async Task FindOrderAsync(CancellationToken cancellationToken)
    {
        if (_probe is not null)
        {
            // The answer to this is like no other: by then that to the probe has come, or never will.
            await AskAsync(Command(Traits.PassiveMode.ToVerb()), cancellationToken);
            SettleProbe();
        }
    }

    /// <summary>What became of the command that was sent behind a transfer to see the device's order.</summary>
    private void SettleProbe()
    {
        if (_probe is { Final.IsCompletedSuccessfully: true } probe && Traits.KeepsOrder is null)
        {
            // Lost: the device reads one command from a packet and drops the rest.
            Traits.KeepsOrder = probe.FinalReply is not null;
            Traits.NeverPipeline |= Traits.KeepsOrder == false;
            _probe = null;
        }
    }

    /// <summary>Takes the device's data port for a transfer.</summary>
    private Task<DialledPort<EntryLease>> TakeAsync(int port, FtpCommand transfer, CancellationToken cancellationToken) =>
        DialledPort<EntryLease>.TakeAsync(
            async token =>
            {
                var lease = await _ports.TakeAsync(port, Number, token);
                lease.SetCommand(transfer.Display);
                return lease;
            },
            (lease, token) => DialAsync(lease.Gateway, port, token),
            _logger,
            cancellationToken);

    private async Task<Connection> DialAsync(GatewayEndPoint gateway, int port, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, Options.ConnectTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            return await _dialer.ConnectAsync(gateway, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Errors.DataConnectTimeout(Device, Options.PortMap.Describe(port), Options.ConnectTimeout);
        }
    }

    private async Task<Connection> ConnectedAsync(Task<Connection> dial)
    {
        try
        {
            return await dial;
        }
        catch (NapterFtpException exception)
        {
            // The device now waits for a data connection that will not come. That ends sooner with the session than by its own limit.
            throw _channel.SetFault(exception);
        }
    }
}
