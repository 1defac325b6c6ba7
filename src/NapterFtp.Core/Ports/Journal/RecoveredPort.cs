using System.Net;

namespace NapterFtp.Ports.Journal;

/// <summary>An entry that a dead process left open.</summary>
/// <param name="Device">The device it leads to.</param>
/// <param name="DevicePort">The TCP port on the device.</param>
/// <param name="EndPoint">Its end point on the gateway.</param>
/// <param name="Error">Why it could not be deleted, for a person; null where it is gone.</param>
internal sealed record RecoveredPort(DeviceTarget Device, int DevicePort, IPEndPoint EndPoint, string? Error);
