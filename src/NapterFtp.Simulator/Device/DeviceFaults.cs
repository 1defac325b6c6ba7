using System.Collections.Immutable;

namespace NapterFtp.Simulator.Device;

/// <summary>The faults armed on a device; changed at any time from any thread. Where several fit an occasion, the one armed first happens.</summary>
public sealed class DeviceFaults
{
    private ImmutableArray<ArmedFault> _armed = [];

    /// <summary>Arms a fault.</summary>
    public ArmedFault Arm(DeviceFault fault)
    {
        var armed = new ArmedFault(fault, Disarm);
        ImmutableInterlocked.Update(ref _armed, list => list.Add(armed));
        return armed;
    }

    /// <summary>Disarms all.</summary>
    public void Clear() => ImmutableInterlocked.InterlockedExchange(ref _armed, []);

    internal DeviceFault? ForCommand(DeviceCommand command) => Take(
        command.Verb,
        command.Argument,
        DeviceFaultKind.DropControl,
        DeviceFaultKind.Silence,
        DeviceFaultKind.ReplyInstead,
        DeviceFaultKind.Delay);

    internal DeviceFault? ForFile(DeviceCommand command) => Take(command.Verb, command.Argument, DeviceFaultKind.ChangeFile);

    internal DeviceFault? ForData(DeviceCommand command) => Take(
        command.Verb,
        command.Argument,
        DeviceFaultKind.DropData,
        DeviceFaultKind.LosePower,
        DeviceFaultKind.TruncateData,
        DeviceFaultKind.StallData,
        DeviceFaultKind.FailData);

    internal long SizeError(DeviceCommand command) => Take(command.Verb, command.Argument, DeviceFaultKind.WrongSize)?.Bytes ?? 0;

    private DeviceFault? Take(string verb, string argument, params DeviceFaultKind[] kinds)
    {
        foreach (var armed in _armed)
        {
            if (kinds.Contains(armed.Fault.Kind) && armed.TryFire(verb, argument))
            {
                return armed.Fault;
            }
        }

        return null;
    }

    private void Disarm(ArmedFault fault) => ImmutableInterlocked.Update(ref _armed, list => list.Remove(fault));
}
