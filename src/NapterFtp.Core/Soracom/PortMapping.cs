using System.Net;
using System.Text.Json;

namespace NapterFtp.Soracom;

/// <summary>An on-demand remote access entry as SORACOM describes it (schema <c>PortMapping</c>).</summary>
internal sealed record PortMapping
{
    /// <summary>The gateway's address and port.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The gateway's host name, which its certificate carries.</summary>
    public required string HostName { get; init; }

    public string? Imsi { get; init; }

    public string? SimId { get; init; }

    public required int DevicePort { get; init; }

    public DateTimeOffset? CreatedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public bool Expired { get; init; }

    public bool TlsRequired { get; init; }

    /// <summary>The rendezvous point, such as Tokyo.</summary>
    public string? Placement { get; init; }

    public IReadOnlyList<string> SourceRanges { get; init; } = [];
}

/// <summary>What to ask SORACOM for in <c>POST /port_mappings</c> (by IMSI) or <c>POST /port_mappings/sims/{sim_id}</c> (by SIM ID).</summary>
/// <param name="Device">The device.</param>
/// <param name="DevicePort">The TCP port on the device, 1 to 65535.</param>
/// <param name="Duration">How long the entry lives; whole seconds, at most 8 hours.</param>
/// <param name="SourceRanges">CIDR ranges allowed to connect; empty: the address SORACOM sees the call come from.</param>
/// <param name="Tls">Whether the gateway requires TLS.</param>
internal sealed record PortMappingRequest(
    DeviceTarget Device,
    int DevicePort,
    TimeSpan Duration,
    IReadOnlyList<string> SourceRanges,
    bool Tls = true)
{
    /// <summary>Whether more for the same device will follow, so that it is better not begun before there is room for that.</summary>
    public bool Begins { get; init; }

    /// <summary>The caller's wait, repetitions included; null for the default.</summary>
    public Deadline? Limit { get; init; }
}

/// <summary>Writes schemas <c>CreatePortMappingRequest</c> and <c>CreatePortMappingRequestForSim</c>.</summary>
internal static class PortMappingWriter
{
    public static void Write(Utf8JsonWriter writer, PortMappingRequest request)
    {
        writer.WriteStartObject("destination");
        if (request.Device.Imsi is { } imsi)
        {
            writer.WriteString("imsi", imsi);
        }
        else
        {
            // Which SIM is in the path.
            writer.WriteString("service", request.Device.Service == SimService.Arc ? "arc" : "air");
        }

        writer.WriteNumber("port", request.DevicePort);
        writer.WriteEndObject();
        writer.WriteNumber("duration", (long)Math.Ceiling(request.Duration.TotalSeconds));
        writer.WriteBoolean("tlsRequired", request.Tls);
        if (request.SourceRanges.Count > 0)
        {
            writer.WriteStartObject("source");
            writer.WriteStartArray("ipRanges");
            foreach (var range in request.SourceRanges)
            {
                writer.WriteStringValue(range);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }
    }
}
