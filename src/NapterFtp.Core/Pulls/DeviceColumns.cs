namespace NapterFtp.Pulls;

/// <summary>How the store's tables name devices.</summary>
internal static class DeviceColumns
{
    /// <summary>IMSIs are shorter.</summary>
    private const int ShortestSimId = 18;

    /// <summary>A condition on the four columns.</summary>
    public const string AreThose = "sim = @sim and service = @service and address = @address and port = @port";

    public static IReadOnlyList<(string Name, object? Value)> Of(DeviceKey device) =>
        [("sim", device.Sim), ("service", device.Service), ("address", device.Address ?? string.Empty), ("port", device.Port)];

    public static DeviceKey Key(StoreRow row) => new(
        row.Text("sim"), row.Name<SimService>("service"), row.Text("address") is { Length: > 0 } address ? address : null, (int)row.Number("port"));

    /// <summary>A run's device, as it was when the run was frozen.</summary>
    public static PullDevice Device(StoreRow row)
    {
        var (key, imsi, simId) = (Key(row), row.FindText("imsi"), row.FindText("sim_id"));
        var target = simId is null && (imsi ?? key.Sim) is { Length: < ShortestSimId } named ? DeviceTarget.FromImsi(named)
            : DeviceTarget.FromSimId(simId ?? key.Sim, key.Service == SimService.Arc ? SimService.Arc : null);
        return new PullDevice(target, key, imsi, simId, row.FindText("name") is { } name ? StoredText.Read(name) : null);
    }
}
