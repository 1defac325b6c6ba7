using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class SimCallTests
{
    private const string Sim = """
        {"simId":"8981100000000000001","activeProfileId":"p1","status":"active","speedClass":"s1.fast","groupId":null,"moduleType":"nano",
        "tags":{"name":"Pump 7","site":"Nagoya"},"lastLocationUpdateTime":1775000000000,"lastPortMappingCreatedTime":"1775000001000",
        "sessionStatus":{"online":true,"imsi":"001010000000001","ueIpAddress":"10.128.0.5","subscription":"plan01s","lastUpdatedAt":1775000002000,
        "imei":"350000000000001","cell":{"radioType":"LTE"}},
        "profiles":{"p0":{"primaryImsi":"001010000000009"},"p1":{"primaryImsi":"001010000000001"}}}
        """;

    private const string OfflineSim = """
        {"simId":"8981100000000000002","activeProfileId":"p1","sessionStatus":null,"tags":{},
        "profiles":{"p1":{"primaryImsi":"001010000000002","subscribers":{"001010000000002":{"subscription":"planX3"}}}}}
        """;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sims_are_searched_by_name_tag_and_session_page_by_page()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn("GET", "/v1/query/sims", _ => Page($"[{Sim},17,{{}}]", "k1"), _ => Page($"[{OfflineSim}]", null));
        var connection = await fixture.ConnectAsync();

        var sims = await ToListAsync(connection.Api.SearchSimsAsync(
            new SimSearch { Name = "Pump 7", Tag = "Nagoya", Online = true }, Cancellation));

        Assert.Equal(
            "?limit=100&name=Pump%207&tag=Nagoya&session_status=ONLINE",
            fixture.Api.To("GET", "/v1/query/sims")[0].Query);
        Assert.EndsWith("&last_evaluated_key=k1", fixture.Api.To("GET", "/v1/query/sims")[1].Query, StringComparison.Ordinal);
        Assert.Equal(2, sims.Count);
        Assert.Equal(("8981100000000000001", "001010000000001", "Pump 7", true), (sims[0].SimId, sims[0].Imsi, sims[0].Name, sims[0].Online));
        Assert.Equal("Nagoya", Assert.Single(sims[0].Tags).Value);
        Assert.Equal(("active", "s1.fast", "plan01s", "LTE"), (sims[0].Status, sims[0].SpeedClass, sims[0].Subscription, sims[0].RadioType));
        Assert.Equal(IPAddress.Parse("10.128.0.5"), sims[0].IpAddress);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_775_000_002_000), sims[0].LastSeen);
        Assert.Equal(("001010000000002", "", false, "planX3"), (sims[1].Imsi, sims[1].Name, sims[1].Online, sims[1].Subscription));
        Assert.Contains(fixture.Log.Lines, line => line.StartsWith("Warning searchSims gave 2 elements", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_SORACOM_cannot_look_for_is_left_to_the_caller()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("GET", "/v1/query/sims", _ => Page("[]", null));
        var connection = await fixture.ConnectAsync();

        Assert.Empty(await ToListAsync(connection.Api.SearchSimsAsync(new SimSearch { Name = "P", Tag = "a,b", Online = false }, Cancellation)));

        Assert.Equal("?limit=100&session_status=OFFLINE", fixture.Api.To("GET", "/v1/query/sims")[0].Query);
    }

    [Fact]
    public async Task A_device_is_found_by_its_whole_imsi_only()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("GET", "/v1/query/sims", _ => Page($"[{OfflineSim},{Sim}]", null));
        var connection = await fixture.ConnectAsync();

        Assert.Equal("Pump 7", (await connection.Api.FindSimAsync(DeviceTarget.FromImsi("001010000000001"), Cancellation))?.Name);
        Assert.Null(await connection.Api.FindSimAsync(DeviceTarget.FromImsi("001010000000003"), Cancellation));
    }

    [Fact]
    public async Task A_sim_the_account_does_not_have_is_null()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("GET", "/v1/sims/8981100000000000001", _ => FakeSoracom.Json(HttpStatusCode.OK, Sim));
        var connection = await fixture.ConnectAsync();

        Assert.Equal("Pump 7", (await connection.Api.GetSimAsync("8981100000000000001", Cancellation))?.Name);
        Assert.Null(await connection.Api.GetSimAsync("8981100000000000003", Cancellation));
    }

    [Fact]
    public async Task The_audit_log_is_read_by_device_and_time_and_only_as_far_as_wanted()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn(
            "GET",
            "/v1/audit_logs/napter",
            _ => Page($"[{Entry("CONNECTED")},{Entry("CREATED")}]", "1775000000000"),
            _ => Page($"[{Entry("EXPIRED")},{Entry("DELETED")}]", "1774000000000"));
        var connection = await fixture.ConnectAsync();

        var entries = await ToListAsync(connection.Api.GetAuditLogAsync(
            new AuditLogQuery
            {
                Imsi = "001010000000001",
                After = DateTimeOffset.FromUnixTimeMilliseconds(1_770_000_000_000),
                Before = DateTimeOffset.FromUnixTimeMilliseconds(1_780_000_000_000),
                First = 3,
            },
            Cancellation));

        Assert.Equal(["CONNECTED", "CREATED", "EXPIRED"], entries.Select(entry => entry.Type));
        Assert.Equal((IPAddress.Parse("203.0.113.9"), 51720), (entries[0].SourceAddress, entries[0].SourcePort));
        Assert.Equal((IPAddress.Parse("35.75.205.78"), 21), (entries[0].DestinationAddress, entries[0].DestinationPort));
        Assert.Equal(("c-1", true), (entries[0].ConnectionId, entries[0].Tls));
        var requests = fixture.Api.To("GET", "/v1/audit_logs/napter");
        Assert.Equal(
            "?limit=3&resource_type=Subscriber&resource_id=001010000000001&from=1770000000000&to=1780000000000",
            requests[0].Query);
        Assert.Equal(requests[0].Query + "&last_evaluated_key=1775000000000", requests[1].Query);
        Assert.Equal(2, requests.Count);
    }

    private static string Entry(string type) => $$"""
        {"connectionId":"c-1","createdAt":1775000000000,"imsi":"001010000000001","operatorId":"OP0000000001","tls":true,"type":"{{type}}",
        "direction":{"destinationIPAddress":"35.75.205.78","destinationPort":21,"sourceIPAddress":"203.0.113.9","sourcePort":51720} }
        """;

    private static HttpResponseMessage Page(string json, string? nextKey)
    {
        var response = FakeSoracom.Json(HttpStatusCode.OK, json);
        if (nextKey is not null)
        {
            response.Headers.TryAddWithoutValidation("x-soracom-next-key", nextKey);
        }

        return response;
    }

    private static async Task<List<T>> ToListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }
}
