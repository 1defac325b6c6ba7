using Microsoft.Extensions.Logging;
using NapterFtp.Ftp;

namespace NapterFtp.Copy;

/// <summary>Devices that end the control connection once a transfer is done: the session goes on over another.</summary>
internal sealed partial class FtpClientSession
{
    private int _hangUps;

    // A transfer was the last thing that the device has answered, and it ended well.
    private bool _restsAfterTransfer;

    private async Task<FtpReply> SayAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        var mayHaveHungUp = _restsAfterTransfer;
        _restsAfterTransfer = false;
        try
        {
            return await _channel.AskAsync(command, Options.ReplyTimeout, cancellationToken);
        }
        catch (NapterFtpException exception) when (mayHaveHungUp && exception.ErrorId == "DeviceConnectionLost" && _context.ReconnectAsync is not null)
        {
            await GoOnAsync(exception, cancellationToken);
            return await _channel.AskAsync(command, Options.ReplyTimeout, cancellationToken);
        }
    }

    /// <summary>The answers to what goes behind a transfer that ended well; asked for again where the device hung up instead.</summary>
    private async Task<IReadOnlyList<FtpReply?>> BehindAsync(TransferRequest request, Sent sent, CancellationToken cancellationToken)
    {
        var replies = new List<FtpReply?>();
        var waiting = sent.Behind ?? [];
        for (var i = 0; i < request.Behind.Count; i++)
        {
            try
            {
                replies.Add(i < waiting.Count
                    ? await _channel.WaitAsync(waiting[i], Options.ReplyTimeout, cancellationToken)
                    : await AskAsync(request.Behind[i], cancellationToken));
            }
            catch (NapterFtpException exception) when (i < waiting.Count && _restsAfterTransfer && exception.ErrorId == "DeviceConnectionLost")
            {
                waiting = [];
                replies.Add(await AskAsync(request.Behind[i], cancellationToken));
            }
        }

        return replies;
    }

    /// <summary>The answer to a passive request that was sent ahead; null also where the device hung up after the transfer before it.</summary>
    private async Task<FtpReply?> AnswerAheadAsync(AwaitedCommand ahead, CancellationToken cancellationToken)
    {
        try
        {
            return await AnswerOfSeveralAsync(ahead, cancellationToken);
        }
        catch (NapterFtpException exception) when (_restsAfterTransfer && exception.ErrorId == "DeviceConnectionLost")
        {
            return null;
        }
    }

    /// <summary>Logs in over another control connection and enters the folder that the session was in.</summary>
    private async Task GoOnAsync(NapterFtpException lost, CancellationToken cancellationToken)
    {
        _logger.LogInformation("{Device} ended the session after a transfer that was complete; going on with another.", Device);
        var folder = _folder;
        _folder = null;
        _hasMoved = false;
        _ahead = null;
        _probe = null;

        // Once may be an accident; but what is sent behind transfers is lost on one that does it each time.
        Traits.NeverPipeline |= ++_hangUps > 1;
        await _channel.DisposeAsync();
        _channel = new ControlChannel(await _context.ReconnectAsync!(Number, cancellationToken), _context);
        try
        {
            await GreetAsync(cancellationToken);
            await EnterAsync(forTransfer: false, cancellationToken);
            if (folder is not null && await GoToAsync(folder, cancellationToken) is not null)
            {
                throw lost;
            }
        }
        catch
        {
            await _channel.DisposeAsync();
            throw;
        }
    }
}
