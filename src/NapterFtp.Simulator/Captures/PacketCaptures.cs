using System.Collections.Concurrent;
using System.Net;

namespace NapterFtp.Simulator.Captures;

/// <summary>The account's packet capture sessions, and the packets of the way between gateway and devices.</summary>
internal sealed class PacketCaptures(SimulatorOptions options)
{
    private readonly ConcurrentDictionary<string, CaptureSession> _sessions = new();

    public CaptureSession Create(SimulatedSim sim, TimeSpan duration, string? prefix)
    {
        var session = new CaptureSession(sim, duration, prefix, options);
        _sessions[session.Id] = session;
        return session;
    }

    public IReadOnlyList<CaptureSession> Of(SimulatedSim sim) =>
        [.. _sessions.Values.Where(session => session.Sim == sim).OrderBy(session => session.Id, StringComparer.Ordinal)];

    public CaptureSession? Find(SimulatedSim sim, string id) =>
        _sessions.TryGetValue(id, out var session) && session.Sim == sim ? session : null;

    /// <summary>The session whose file lies at a path that only its address tells.</summary>
    public CaptureSession? FindFile(string key) => _sessions.Values.FirstOrDefault(session => session.Key == key && session.Status == "DONE");

    public bool Remove(CaptureSession session) => _sessions.TryRemove(session.Id, out _);

    /// <summary>Sees one connection's bytes pass.</summary>
    /// <param name="sim">The SIM.</param>
    /// <param name="devicePort">The port at the device.</param>
    public ConnectionTap Tap(SimulatedSim sim, int devicePort) => new(this, sim, devicePort);

    internal void Add(SimulatedSim sim, IPEndPoint from, IPEndPoint to, uint sequence, uint acknowledged, ReadOnlySpan<byte> payload)
    {
        foreach (var (_, session) in _sessions)
        {
            if (session.Sim == sim && session.IsCapturing)
            {
                session.Add(PcapFile.Packet(options.TimeProvider.GetUtcNow(), from, to, sequence, acknowledged, payload));
            }
        }
    }
}

/// <summary>Makes TCP segments of one connection's bytes.</summary>
internal sealed class ConnectionTap(PacketCaptures captures, SimulatedSim sim, int devicePort)
{
    private static readonly IPAddress s_gateway = IPAddress.Parse("100.64.0.1");
    private static readonly IPAddress s_device = IPAddress.Parse("10.128.0.5");

    private readonly object _lock = new();
    private readonly IPEndPoint _gateway = new(s_gateway, Random.Shared.Next(32_768, 60_999));
    private readonly IPEndPoint _device = new(s_device, devicePort);
    private uint _toDevice = 1;
    private uint _fromDevice = 1;

    public void ToDevice(ReadOnlySpan<byte> bytes) => Pass(bytes, _gateway, _device, ref _toDevice, ref _fromDevice);

    public void FromDevice(ReadOnlySpan<byte> bytes) => Pass(bytes, _device, _gateway, ref _fromDevice, ref _toDevice);

    private void Pass(ReadOnlySpan<byte> bytes, IPEndPoint from, IPEndPoint to, ref uint sequence, ref uint acknowledged)
    {
        lock (_lock)
        {
            while (!bytes.IsEmpty)
            {
                var payload = bytes[..Math.Min(bytes.Length, PcapFile.LongestPayload)];
                captures.Add(sim, from, to, sequence, acknowledged, payload);
                sequence += (uint)payload.Length;
                bytes = bytes[payload.Length..];
            }
        }
    }
}
