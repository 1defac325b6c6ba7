using Microsoft.Extensions.Logging;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>How a session ends: what the client is still owed, why there is no more, and what is said of it.</summary>
internal sealed partial class ControlSession
{
    private async Task<SessionEnd> DescribeAsync(Task first, Task device, Task client, Task<SessionEnd> stop) =>
        first == _goodbye.Task ? SessionEnd.Quit
        : first == client ? await SessionEnd.OfAsync(client, FailingSide.Client, SessionEnd.ClientClosed)
        : first == device ? await SessionEnd.OfAsync(device, FailingSide.Device, _farewell ? SessionEnd.DeviceLeft : s_deviceClosed)
        : first != stop ? SessionEnd.PortClosed
        : stop.IsCompletedSuccessfully ? await stop
        : SessionEnd.Stopping;

    /// <summary>Tells the log how the session has ended.</summary>
    public void Report(SessionEnd end)
    {
        // What clients do is their users' affair.
        var level = end.Failure is { Side: not FailingSide.Client } ? LogLevel.Warning : LogLevel.Information;
        var text = Secrets.Hide($"{end.Reason} {end.Failure?.Advice}".TrimEnd());
        Services.Logger.Log(level, "Session {Session} of {Client} has ended: {Reason}", Id, ClientEndPoint, text);
    }

    /// <summary>Lets transfers end, and sends the replies that the client is still owed.</summary>
    /// <param name="clientHasGone">Whether the client has closed its half; it may still read.</param>
    /// <param name="device">Ends when the device says no more.</param>
    /// <param name="ended">Ends when there is nothing to be waited for any more.</param>
    /// <param name="replies">Ends when all replies have been sent.</param>
    private async Task FinishAsync(bool clientHasGone, Task device, Task ended, Task replies)
    {
        _ = UnanswerAsync(device);
        // An upload whose client leaves without a word has most likely been cut: the device must not take it for whole.
        if (!clientHasGone || _commands.QuitSent || _commands.Current?.IsUpload != true)
        {
            await FinishTransfersAsync(ended);
        }

        if (_goodbye.Task.IsCompleted)
        {
            Device.Fail(Lost(SessionEnd.Quit.Reason));
        }

        Client.Complete();
        await Task.WhenAny(replies, ended, Task.Delay(Services.Options.SettleTimeout, Services.Time, _end.Token));
    }

    /// <summary>A device that has gone answers no more; what it has answered is still passed on.</summary>
    private async Task UnanswerAsync(Task device)
    {
        await Task.WhenAny(device);
        Device.Fail(Lost(s_deviceClosed.Reason));
    }

    private async Task FinishTransfersAsync(Task ended)
    {
        for (var seen = -1L; !Watch.TransfersEnded.IsCompleted && !ended.IsCompleted; )
        {
            if (_commands.Current is not { } data || (data.Moved == seen && !data.IsHeldUp))
            {
                return;
            }

            seen = data.Moved;
            await Task.WhenAny(Watch.TransfersEnded, ended, Task.Delay(Services.Options.SettleTimeout, Services.Time, _end.Token));
        }
    }

    private static NapterFtpException Lost(string reason) => new("DeviceConnectionLost", NapterFtpErrorKind.Connection, reason);

    private async Task SayFarewellAsync(string reason, bool isNews, Task replies)
    {
        Device.Fail(Lost(reason));
        var patience = Services.Options.SettleTimeout;
        using var limit = new TimeLimit(patience, Services.Time, _end.Token);

        // Data that stands still keeps its answer, and with it the reason, from the client: it is given up while there is time to say so.
        await using var giveUp = Services.Time.CreateTimer(
            _ => _commands.EndDataPort(new Failure(FailingSide.Device, NapterFtpErrorKind.Connection, reason)), null, 0.9 * patience, Timeout.InfiniteTimeSpan);
        try
        {
            if (isNews && !_farewell)
            {
                await Client.AddAsync(RelayReply.Line(421, reason), limit.Token);
            }

            Client.Complete();
            await Task.WhenAny(replies, Task.Delay(Timeout.InfiniteTimeSpan, limit.Token));
        }
        catch (OperationCanceledException)
        {
            // A client that does not read is not waited for.
        }
    }

    private static async Task IgnoreAsync(IEnumerable<Task> tasks)
    {
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (Exception)
        {
            // Each has been dealt with as the session ended.
        }
    }
}
