namespace NapterFtp.Simulator;

/// <summary>The faults armed on the simulated API and gateway; changed at any time from any thread. Where several fit an occasion,
/// the one armed first happens.</summary>
public sealed class SimulatorFaults
{
    private readonly FaultList<ApiFault> _api = new();
    private readonly FaultList<GatewayFault> _gateway = new();

    /// <summary>Arms a fault of the API.</summary>
    public ArmedFault<ApiFault> Arm(ApiFault fault) => _api.Arm(fault);

    /// <summary>Arms a fault of the gateway.</summary>
    public ArmedFault<GatewayFault> Arm(GatewayFault fault) => _gateway.Arm(fault);

    /// <summary>Disarms all.</summary>
    public void Clear()
    {
        _api.Clear();
        _gateway.Clear();
    }

    internal ApiFault? ForCall(ApiCall call) => _api.Take(fault => fault.Fits(call));

    internal GatewayFault? ForEntry(string imsi, int devicePort, bool isControl) =>
        _gateway.Take(fault => fault.IsOfEntry && fault.Fits(imsi, devicePort, isControl));

    internal GatewayFault? ForConnection(string imsi, int devicePort, bool isControl) =>
        _gateway.Take(fault => !fault.IsOfEntry && fault.Fits(imsi, devicePort, isControl));
}
