using System.Net;
using System.Text.Json;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class PortMappingCallTests
{
    private const string SimId = "8981100000000000001";

    private static readonly DeviceTarget ByImsi = DeviceTarget.FromImsi("001010000000001");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Creating_by_imsi_asks_for_tls_a_duration_in_seconds_and_the_port()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/port_mappings", _ => FakeSoracom.Json(HttpStatusCode.Created, Entry(21)));
        var connection = await fixture.ConnectAsync();

        var mapping = await connection.Api.CreateAsync(
            new PortMappingRequest(ByImsi, 21, TimeSpan.FromMinutes(30), ["203.0.113.0/24"]), Cancellation);

        Assert.Equal(new IPEndPoint(IPAddress.Parse("35.75.205.78"), 30021), mapping.EndPoint);
        Assert.Equal("35-75-205-78.napter.soracom.io", mapping.HostName);
        Assert.Equal(21, mapping.DevicePort);
        Assert.Equal("001010000000001", mapping.Imsi);
        Assert.True(mapping.TlsRequired);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_775_001_800_000), mapping.ExpiresAt);
        var request = Assert.Single(fixture.Api.To("POST", "/v1/port_mappings"));
        Assert.Equal(
            """{"destination":{"imsi":"001010000000001","port":21},"duration":1800,"tlsRequired":true,"source":{"ipRanges":["203.0.113.0/24"]}}""",
            request.Body);
        Assert.Equal("application/json", request.ContentType?.MediaType);
        Assert.Equal("planted-api-key", request.Headers["X-Soracom-API-Key"]);
        Assert.Equal("planted-token-1", request.Token);
    }

    [Fact]
    public async Task An_entry_that_was_just_made_is_known_by_its_end_point_alone()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/port_mappings", _ => FakeSoracom.Json(HttpStatusCode.Created, """{"ipAddress":"35.75.205.78","port":30021}"""));
        var connection = await fixture.ConnectAsync();

        var mapping = await connection.Api.CreateAsync(new PortMappingRequest(ByImsi, 21, TimeSpan.FromMinutes(30), []), Cancellation);

        Assert.Equal(("35-75-205-78.napter.soracom.io", 21), (mapping.HostName, mapping.DevicePort));
        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromMinutes(30), mapping.ExpiresAt);
    }

    [Fact]
    public async Task What_SORACOMs_clock_says_is_told_by_the_dates_of_its_answers()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn("GET", "/v1/port_mappings", Answer(TimeSpan.FromMinutes(-7)), Answer(null), Answer(TimeSpan.FromHours(3)));
        var connection = await fixture.ConnectAsync();
        TimeSpan?[] told = [null, TimeSpan.FromMinutes(-7), TimeSpan.FromMinutes(-7), TimeSpan.FromHours(3)];
        Assert.Equal(told[0], connection.Api.ClockAhead);
        foreach (var ahead in told[1..])
        {
            await connection.Api.ListAsync(null, Cancellation);
            Assert.Equal(ahead, connection.Api.ClockAhead);
        }

        Func<FakeRequest, HttpResponseMessage> Answer(TimeSpan? ahead) => _ =>
        {
            var answer = FakeSoracom.Json(HttpStatusCode.OK, "[]");
            answer.Headers.Date = fixture.Time.GetUtcNow() + ahead;
            return answer;
        };
    }

    [Fact]
    public async Task Creating_by_sim_id_names_the_sim_in_the_path_and_the_service_in_the_body()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", $"/v1/port_mappings/sims/{SimId}", _ => FakeSoracom.Json(HttpStatusCode.Created, Entry(21)));
        var connection = await fixture.ConnectAsync();

        await connection.Api.CreateAsync(
            new PortMappingRequest(DeviceTarget.FromSimId(SimId, SimService.Arc), 21, TimeSpan.FromHours(8), []), Cancellation);

        var request = Assert.Single(fixture.Api.To("POST", $"/v1/port_mappings/sims/{SimId}"));
        Assert.Equal("""{"destination":{"service":"arc","port":21},"duration":28800,"tlsRequired":true}""", request.Body);
    }

    [Fact]
    public async Task A_list_is_read_page_by_page_by_the_key_in_the_header()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn(
            "GET",
            "/v1/port_mappings",
            _ => Page("key 1/2", Entry(1), Entry(2)),
            _ => Page("key3", Entry(3)),
            _ => Page(null));
        var connection = await fixture.ConnectAsync();

        var list = await connection.Api.ListAsync(null, Cancellation);

        Assert.Equal([1, 2, 3], list.Select(mapping => mapping.DevicePort));
        Assert.Equal(
            ["?limit=100", "?limit=100&last_evaluated_key=key%201%2F2", "?limit=100&last_evaluated_key=key3"],
            fixture.Api.To("GET", "/v1/port_mappings").Select(request => request.Query));
    }

    [Fact]
    public async Task A_list_whose_pages_go_round_in_a_circle_is_an_error()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();
        fixture.Api.On("GET", "/v1/port_mappings", _ => Page("same", Entry(1)));

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.ListAsync(null, Cancellation));

        Assert.Equal("SoracomAnswerUnreadable", error.ErrorId);
        Assert.Equal(2, fixture.Api.To("GET", "/v1/port_mappings").Count);
    }

    [Fact]
    public async Task The_list_of_a_device_with_no_entry_is_empty_whether_answered_with_404_or_an_empty_list()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("GET", $"/v1/port_mappings/subscribers/{ByImsi.Imsi}", _ => FakeSoracom.Json(HttpStatusCode.OK, "[]"));
        var connection = await fixture.ConnectAsync();

        Assert.Empty(await connection.Api.ListAsync(ByImsi, Cancellation));
        Assert.Empty(await connection.Api.ListAsync(DeviceTarget.FromSimId(SimId), Cancellation));
        Assert.Single(fixture.Api.To("GET", $"/v1/port_mappings/sims/{SimId}"));
    }

    [Fact]
    public async Task Deleting_tells_whether_there_was_such_an_entry()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn(
            "DELETE",
            "/v1/port_mappings/35.75.205.78/30021",
            _ => new HttpResponseMessage(HttpStatusCode.NoContent),
            _ => FakeSoracom.Json(HttpStatusCode.NotFound, """{"code":"PMM0001","message":"No such entry"}"""));
        var connection = await fixture.ConnectAsync();
        var endPoint = new IPEndPoint(IPAddress.Parse("35.75.205.78"), 30021);

        Assert.True(await connection.Api.DeleteAsync(endPoint, Cancellation));
        Assert.False(await connection.Api.DeleteAsync(endPoint, Cancellation));
    }

    [Fact]
    public async Task A_404_while_signing_in_again_is_not_taken_for_an_entry_that_is_gone()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();
        fixture.Api.On("DELETE", "/v1/port_mappings/35.75.205.78/30021", _ => new HttpResponseMessage(HttpStatusCode.Unauthorized));
        fixture.Api.On("POST", "/v1/auth", _ => new HttpResponseMessage(HttpStatusCode.NotFound));

        var error = await Assert.ThrowsAsync<SoracomApiException>(() =>
            connection.Api.DeleteAsync(new IPEndPoint(IPAddress.Parse("35.75.205.78"), 30021), Cancellation));

        Assert.Equal("SoracomNotFound", error.ErrorId);
    }

    [Theory]
    [InlineData("""{"endpoint":"203.0.113.7:40000","destination":{"port":"21"},"createdTime":"1775000000000","duration":60.0,"tlsRequired":"true"}""")]
    [InlineData("""{"ipAddress":"203.0.113.7","port":40000.0,"destination":{"port":21.0},"createdTime":1.775e12,"expiredTime":null,"duration":"60","tlsRequired":true,"source":"?"}""")]
    public void An_entry_is_read_whatever_json_types_its_fields_have(string json)
    {
        using var document = JsonDocument.Parse(json);
        var mapping = ModelReader.PortMapping(document.RootElement);

        Assert.NotNull(mapping);
        Assert.Equal("203.0.113.7:40000", mapping.EndPoint.ToString());
        Assert.Equal("203-0-113-7.napter.soracom.io", mapping.HostName);
        Assert.Equal(21, mapping.DevicePort);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1_775_000_060_000), mapping.ExpiresAt);
        Assert.True(mapping.TlsRequired);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"ipAddress":"203.0.113.7","port":70000,"destination":{"port":21}}""")]
    [InlineData("""{"endpoint":"somewhere","destination":{"port":21}}""")]
    [InlineData("""{"endpoint":"203.0.113.7:1","destination":[]}""")]
    public void An_entry_without_the_least_that_is_needed_is_no_entry(string json)
    {
        using var document = JsonDocument.Parse(json);
        Assert.Null(ModelReader.PortMapping(document.RootElement));
    }

    private static string Entry(int devicePort) => $$"""
        {"createdTime":1775000000000,"destination":{"destinationChoosingStrategy":"IMSI_PRIORITIZED","imsi":"001010000000001","port":{{devicePort}}},
        "duration":1800,"endpoint":"35.75.205.78:{{30000 + devicePort}}","expired":false,"expiredTime":1775001800000,
        "hostname":"35-75-205-78.napter.soracom.io","imsi":"001010000000001","ipAddress":"35.75.205.78","operatorId":"OP0000000001",
        "placement":"default","port":{{30000 + devicePort}},"source":{"ipRanges":["203.0.113.0/24"]},"tlsRequired":true}
        """;

    private static HttpResponseMessage Page(string? nextKey, params string[] entries)
    {
        var response = FakeSoracom.Json(HttpStatusCode.OK, $"[{string.Join(",", entries)}]");
        if (nextKey is not null)
        {
            response.Headers.TryAddWithoutValidation("x-soracom-next-key", nextKey);
        }

        return response;
    }
}
