using System.Globalization;
using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>Waits for the end of a transfer's data, and tells whether it ended well.</summary>
/// <param name="pumping">The copy between both ends, once both are connected.</param>
/// <param name="broken">Why there is no copy, where one end could not be connected.</param>
/// <param name="moved">The bytes carried so far.</param>
/// <param name="givenUp">Ends when nothing more is to be waited for.</param>
/// <param name="time">The clock.</param>
internal sealed class DataWatch(Task<DataPump> pumping, Func<Failure?> broken, Func<long> moved, Task givenUp, TimeProvider time)
{
    /// <summary>A device that has reached the end it announced, or begun nothing, is not waited for long.</summary>
    private static readonly TimeSpan s_shortPatience = TimeSpan.FromSeconds(3);

    /// <summary>Ends when a transfer's data connection has ended on the device's side too; null where it ended well.</summary>
    /// <remarks>An upload's last bytes may be on their way through a slow line long after we have written them, so that only the
    /// device's own end of the connection tells.</remarks>
    public Task<Failure?> EndedAsync(FtpTransferDirection direction) => CatchAsync(async pump =>
    {
        await (direction == FtpTransferDirection.ToDevice ? pump.Completion : pump.FromDeviceCompleted);
        return pump.Failure;
    });

    /// <summary>Waits until what a transfer has sent is passed on, as long as bytes move at least once in each stall time. While its
    /// receiver is slow to take them, that is no stall.</summary>
    /// <param name="direction">Where the data goes.</param>
    /// <param name="stall">The longest silence.</param>
    /// <param name="announced">The bytes that the device said it would send; null where it did not say.</param>
    /// <returns>Why the data is incomplete; null where it is not.</returns>
    public Task<Failure?> PassOnAsync(FtpTransferDirection direction, TimeSpan stall, long? announced) => CatchAsync(async pump =>
    {
        var data = direction == FtpTransferDirection.ToDevice ? pump.ToDeviceCompleted : pump.FromDeviceCompleted;
        var seen = -1L;
        while (!data.IsCompleted)
        {
            var isSlow = direction == FtpTransferDirection.ToDevice ? pump.DeviceHolds : pump.ClientHolds;
            var isWhole = direction == FtpTransferDirection.FromDevice && announced is { } length && moved() == length;
            if (moved() == seen && !isSlow)
            {
                return isWhole ? null : s_stalled;
            }

            seen = moved();
            await PauseAsync(data, isWhole ? s_shortPatience : stall);
        }

        return pump.Failure ?? (direction == FtpTransferDirection.FromDevice ? CheckLength(pump, announced) : null);
    });

    /// <summary>Waits for the end of a download that the device says is done without having said that it begins. It may be empty, and
    /// then some devices never take its data connection: they leave it open, or break it.</summary>
    /// <param name="stall">The longest silence of a download that is not empty.</param>
    /// <returns>Why the data is incomplete; null where it is not, or there is none.</returns>
    public Task<Failure?> PassOnWithoutBeginningAsync(TimeSpan stall) => CatchAsync(async pump =>
    {
        await PauseAsync(pump.FromDeviceCompleted, s_shortPatience);
        return moved() > 0 ? await PassOnAsync(FtpTransferDirection.FromDevice, stall, announced: null)
            : pump.Failure is { Side: FailingSide.Client } failure ? failure
            : null;
    });

    private static readonly Failure s_stalled = new(
        FailingSide.Device,
        NapterFtpErrorKind.Timeout,
        "The device reported the end, but its data connection stays open without a byte.");

    private async Task PauseAsync(Task data, TimeSpan limit)
    {
        using var timer = new CancellationTokenSource();
        await Task.WhenAny(data, givenUp, Task.Delay(limit, time, timer.Token));
        await timer.CancelAsync();
        if (givenUp.IsCompleted && !data.IsCompleted)
        {
            throw new OperationCanceledException();
        }
    }

    /// <summary>The device's reply speaks of what it has sent, not of what has come. TLS tells a cut from an end, but not every
    /// gateway ends its connections as TLS wants it; a length that falls short besides leaves no doubt.</summary>
    private Failure? CheckLength(DataPump pump, long? announced) =>
        announced is { } length && moved() < length && !pump.DeviceEndedCleanly
            ? new Failure(
                FailingSide.Gateway,
                NapterFtpErrorKind.Connection,
                string.Create(CultureInfo.InvariantCulture, $"The connection from the gateway was cut after {moved()} of {length} bytes."),
                "Fetch the file again.")
            : null;

    private async Task<Failure?> CatchAsync(Func<DataPump, Task<Failure?>> wait)
    {
        try
        {
            return await wait(await pumping);
        }
        catch (NapterFtpException)
        {
            return broken();
        }
        catch (OperationCanceledException)
        {
            return new Failure(FailingSide.Client, NapterFtpErrorKind.Connection, "The data connection was given up.");
        }
    }
}
