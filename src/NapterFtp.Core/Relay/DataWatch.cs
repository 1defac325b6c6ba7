using System.Globalization;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>Waits for the end of a transfer's data, and tells whether it ended well.</summary>
/// <param name="pumping">The copy between both ends, once both are connected.</param>
/// <param name="moved">The bytes carried so far.</param>
/// <param name="givenUp">Ends when nothing more is to be waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class DataWatch(Task<DataPump> pumping, Func<long> moved, Task givenUp, TimeProvider time)
{
    /// <summary>Ends when a transfer's data connection has ended on the device's side too; null where it ended well.</summary>
    /// <remarks>An upload's last bytes may be on their way through a slow line long after we have written them, so that only the
    /// device's own end of the connection tells.</remarks>
    public Task<string?> EndedAsync(FtpTransferDirection direction) => CatchAsync(async pump =>
        await (direction == FtpTransferDirection.ToDevice ? pump.Completion : pump.FromDeviceCompleted));

    /// <summary>Waits until what a transfer has sent is passed on, as long as bytes move at least once in each stall time.</summary>
    /// <param name="direction">Where the data goes.</param>
    /// <param name="stall">The longest silence.</param>
    /// <param name="announced">The bytes that the device said it would send; null where it did not say.</param>
    /// <returns>Why the data is incomplete; null where it is not.</returns>
    public Task<string?> PassOnAsync(FtpTransferDirection direction, TimeSpan stall, long? announced) => CatchAsync(async pump =>
    {
        var data = direction == FtpTransferDirection.ToDevice ? pump.ToDeviceCompleted : pump.FromDeviceCompleted;
        var seen = -1L;
        while (!data.IsCompleted)
        {
            if (moved() == seen)
            {
                throw new NapterFtpException(
                    "DataConnectionStalled",
                    NapterFtpErrorKind.Timeout,
                    "The device reported the end, but its data connection stays open without a byte.");
            }

            seen = moved();
            using var timer = new CancellationTokenSource();
            await Task.WhenAny(data, givenUp, Task.Delay(stall, time, timer.Token));
            await timer.CancelAsync();
            if (givenUp.IsCompleted && !data.IsCompleted)
            {
                throw new OperationCanceledException();
            }
        }

        if (direction == FtpTransferDirection.FromDevice && !pump.HasFailed)
        {
            CheckLength(pump, announced);
        }
    });

    /// <summary>The device's reply speaks of what it has sent, not of what has come. TLS tells a cut from an end, but not every
    /// gateway ends its connections as TLS wants it; a length that falls short besides leaves no doubt.</summary>
    private void CheckLength(DataPump pump, long? announced)
    {
        if (announced is { } length && moved() < length && !pump.DeviceEndedCleanly)
        {
            throw new NapterFtpException(
                "DataTruncated",
                NapterFtpErrorKind.Connection,
                string.Create(CultureInfo.InvariantCulture, $"The connection from the gateway was cut after {moved()} of {length} bytes."),
                "Fetch the file again.");
        }
    }

    private async Task<string?> CatchAsync(Func<DataPump, Task> wait)
    {
        try
        {
            var pump = await pumping;
            await wait(pump);
            return pump.HasFailed ? (await pump.Completion).Error : null;
        }
        catch (NapterFtpException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException)
        {
            return "The data connection was given up.";
        }
    }
}
