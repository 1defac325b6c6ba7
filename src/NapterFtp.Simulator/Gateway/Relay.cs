namespace NapterFtp.Simulator.Gateway;

/// <summary>Copies between user and device until both directions have ended, passing ends of stream and resets on as what they are.</summary>
internal sealed class Relay(Leg user, Leg device, TrafficMeter meter)
{
    /// <summary>Completes when the connection has ended on both sides; never fails.</summary>
    public async Task RunAsync()
    {
        using var failed = new CancellationTokenSource();
        await Task.WhenAll(GuardAsync(ToDeviceAsync(failed.Token), failed), GuardAsync(FromDeviceAsync(failed.Token), failed));
    }

    private async Task ToDeviceAsync(CancellationToken cancellationToken)
    {
        while (await user.ReadAsync(cancellationToken) is { IsEmpty: false } bytes)
        {
            meter.FromUser(bytes.Length);
            await device.WriteAsync(bytes, cancellationToken);
        }

        await device.CompleteWritesAsync();
    }

    private async Task FromDeviceAsync(CancellationToken cancellationToken)
    {
        while (await device.ReadAsync(cancellationToken) is { IsEmpty: false } bytes)
        {
            meter.ToUser(bytes.Length);
            await user.WriteAsync(bytes, cancellationToken);
        }

        await user.CompleteWritesAsync();
    }

    /// <summary>One direction's failure is both sides' reset.</summary>
    private async Task GuardAsync(Task direction, CancellationTokenSource failed)
    {
        try
        {
            await direction;
        }
        catch (Exception)
        {
            user.Abort();
            device.Abort();
            await failed.CancelAsync();
        }
    }
}
