using Microsoft.Extensions.Logging;
using NapterFtp.Entries;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>Where the data connection goes, and making it.</summary>
internal sealed partial class FtpClientSession
{
    /// <summary>The device's port for the next data connection.</summary>
    private async Task<int> DataPortAsync(int following, CancellationToken cancellationToken)
    {
        var port = await AnnouncedPortAsync(cancellationToken);
        _ports.Range.Announced(port);
        return KeepsOrder == true && following >= PassiveRange.WorthLooking && _ports.Range.TryBeginLook()
            ? await LookAheadAsync(port, cancellationToken)
            : port;
    }

    /// <summary>Asks for one port after the other until one comes again, and has all of them opened ahead: SORACOM takes longer to
    /// open a port than the device to send a small file.</summary>
    /// <returns>The port announced last, which alone is good for a connection.</returns>
    private async Task<int> LookAheadAsync(int port, CancellationToken cancellationToken)
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

            if (PassiveRange.InOrderOfUse(announced) is { Count: > 0 } ports)
            {
                _logger.LogDebug("{Device}: uses {Count} data ports in turn; opening them ahead.", Device, ports.Count);
                _ports.OpenAhead([.. ports.Take(Options.DataPortLimit - 1)], Number);
                break;
            }
        }

        return announced[^1];
    }

    /// <summary>Asked for ahead, or now.</summary>
    private async Task<int> AnnouncedPortAsync(CancellationToken cancellationToken)
    {
        if (_ahead is { } ahead)
        {
            _ahead = null;
            var reply = await _channel.WaitAsync(ahead, Options.ReplyTimeout, cancellationToken);
            if (reply is not null && _time.GetElapsedTime(_aheadSince) < Options.PassiveReplyLife && PassiveReply.TryParse(reply, out var address))
            {
                return Allowed(address.Port);
            }
        }

        var negotiation = new PassiveNegotiation(Traits, Traits.PassiveMode);
        FtpReply? first = null;
        while (true)
        {
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
                throw Errors.NoDataPort(Device, first);
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

    private async Task<Connection> DialAsync(EntryLease lease, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = _time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), limit, Options.ConnectTimeout, Timeout.InfiniteTimeSpan);
        try
        {
            return await _dialer.ConnectAsync(lease.Gateway, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Errors.DataConnectTimeout(Device, lease.DevicePort, Options.ConnectTimeout);
        }
    }

    /// <summary>The data connection; made anew through a fresh port where the one at hand was an old one that has gone.</summary>
    private async Task<(EntryLease Lease, Connection Connection)> ConnectedAsync(
        EntryLease lease, Task<Connection> dial, AwaitedCommand transfer, CancellationToken cancellationToken)
    {
        try
        {
            return (lease, await dial);
        }
        catch (NapterFtpException exception) when (
            exception.Kind is NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout
            && lease.Counters.FromDevice + lease.Counters.ToDevice > 0)
        {
            _logger.LogDebug(exception, "{Device}: the port to {DevicePort} has gone; opening it anew.", Device, lease.DevicePort);
            var port = lease.DevicePort;
            _ports.Discard(lease, exception.Message);
            var fresh = await _ports.TakeAsync(port, Number, cancellationToken);
            try
            {
                return (fresh, await DialAsync(fresh, cancellationToken));
            }
            catch (Exception failure)
            {
                _ports.Discard(fresh, failure.Message);
                throw failure is NapterFtpException ? _channel.SetFault(failure) : failure;
            }
        }
        catch (NapterFtpException exception)
        {
            // The device now waits for a data connection that will not come. That ends sooner with the session than by its own limit.
            throw _channel.SetFault(exception);
        }
    }
}
