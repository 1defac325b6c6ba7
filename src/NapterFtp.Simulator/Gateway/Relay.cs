using NapterFtp.Simulator.Captures;

namespace NapterFtp.Simulator.Gateway;

/// <summary>Copies between user and device until both directions have ended, passing ends of stream and resets on as what they are.</summary>
/// <param name="fault">What is to go wrong on the way, if anything.</param>
/// <param name="abandon">Ends a connection that a fault holds.</param>
internal sealed class Relay(Leg user, Leg device, TrafficMeter meter, ConnectionTap tap, GatewayFault? fault, CancellationToken abandon)
{
    private readonly TaskCompletionSource _toDeviceEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _fromDeviceEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the connection has ended on both sides; never fails.</summary>
    public async Task RunAsync()
    {
        using var failed = new CancellationTokenSource();
        await Task.WhenAll(
            GuardAsync(PumpAsync(user, device, FromUser, Fault(true), _fromDeviceEnded.Task, failed.Token), _toDeviceEnded, failed),
            GuardAsync(PumpAsync(device, user, ToUser, Fault(false), _toDeviceEnded.Task, failed.Token), _fromDeviceEnded, failed));
    }

    private void FromUser(ReadOnlyMemory<byte> bytes)
    {
        meter.FromUser(bytes.Length);
        tap.ToDevice(bytes.Span);
    }

    private void ToUser(ReadOnlyMemory<byte> bytes)
    {
        meter.ToUser(bytes.Length);
        tap.FromDevice(bytes.Span);
    }

    private GatewayFault? Fault(bool toDevice) => fault?.Kind switch
    {
        GatewayFaultKind.ResetAfterBytes or GatewayFaultKind.StallAfterBytes => fault.ToDevice == toDevice ? fault : null,
        GatewayFaultKind.EndAfterBytes or GatewayFaultKind.EndWithoutCloseNotify or GatewayFaultKind.HalfOpen => toDevice ? null : fault,
        _ => null,
    };

    private async Task PumpAsync(
        Leg from, Leg to, Action<ReadOnlyMemory<byte>> seen, GatewayFault? fault, Task other, CancellationToken cancellationToken)
    {
        var left = fault is null or { Kind: GatewayFaultKind.HalfOpen } ? long.MaxValue : fault.Bytes;
        while (await from.ReadAsync(cancellationToken) is { IsEmpty: false } bytes)
        {
            seen(bytes);
            var strikes = bytes.Length >= left;
            await to.WriteAsync(strikes ? bytes[..(int)left] : bytes, cancellationToken);
            left -= bytes.Length;
            if (strikes)
            {
                await StrikeAsync(fault!, to, other, cancellationToken);
                return;
            }
        }

        if (fault?.Kind == GatewayFaultKind.HalfOpen)
        {
            await HoldAsync(other, cancellationToken);
            return;
        }

        await to.CompleteWritesAsync();
    }

    private async Task StrikeAsync(GatewayFault fault, Leg to, Task other, CancellationToken cancellationToken)
    {
        switch (fault.Kind)
        {
            case GatewayFaultKind.EndAfterBytes:
                await to.CompleteWritesAsync();
                break;
            case GatewayFaultKind.EndWithoutCloseNotify:
                await to.CompleteWritesBadlyAsync();
                break;
            case GatewayFaultKind.ResetAfterBytes:
                throw new IOException("A reset was simulated.");
        }

        await HoldAsync(other, cancellationToken);
    }

    /// <summary>Moves nothing more; once the other direction has ended too, the connection is reset.</summary>
    private async Task HoldAsync(Task other, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, abandon);
        await other.WaitAsync(end.Token);
        throw new IOException("The connection was held by a simulated fault.");
    }

    /// <summary>One direction's failure is both sides' reset.</summary>
    private async Task GuardAsync(Task direction, TaskCompletionSource ended, CancellationTokenSource failed)
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
        finally
        {
            ended.SetResult();
        }
    }
}
