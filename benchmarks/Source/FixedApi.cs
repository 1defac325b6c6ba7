using System.Net;
using System.Text.Json;
using NapterFtp.Simulator.Api;

namespace NapterFtp.Benchmarks.Source;

/// <summary>As much of SORACOM's API as the module needs to be led to the source instead of a gateway: an entry for a device's
/// port is that port on loopback.</summary>
internal sealed class FixedApi : IAsyncDisposable
{
    private readonly HttpServer _server = new((request, _) => Task.FromResult(Answer(request)));

    public FixedApi() => _server.Start();

    public Uri EndPoint => new UriBuilder(Uri.UriSchemeHttp, IPAddress.Loopback.ToString(), _server.Port).Uri;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static HttpAnswer Answer(HttpRequest request) => (request.Method, request.Segments) switch
    {
        ("POST", ["v1", "auth"]) => HttpAnswer.Of(new { apiKey = "api-key", token = "token", operatorId = "OP0000000000" }),
        ("POST", ["v1", "port_mappings", ..]) => HttpAnswer.Of(Entry(request.Body), 201),
        ("DELETE", _) => new HttpAnswer(204),
        ("GET", _) => HttpAnswer.Text(200, "[]", "application/json"),
        _ => new HttpAnswer(204),
    };

    private static object Entry(byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        var destination = json.RootElement.GetProperty("destination");
        var port = destination.GetProperty("port").GetInt32();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        return new
        {
            ipAddress = "127.0.0.1",
            port,
            hostname = SourceServer.HostName,
            endpoint = $"127.0.0.1:{port}",
            createdTime = now,
            expiredTime = now + (8 * 3600 * 1000),
            duration = 8 * 3600,
            expired = false,
            imsi = "001010000000001",
            tlsRequired = true,
            destination = new { imsi = "001010000000001", port },
            source = new { ipRanges = new[] { "127.0.0.0/8" } },
        };
    }
}
