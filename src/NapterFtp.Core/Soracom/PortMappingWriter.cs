using System.Text.Json;

namespace NapterFtp.Soracom;

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
