using System.Net;

namespace NapterFtp.Simulator.Tests;

public sealed class ApiFaultTests : SimulatorFixture
{
    [Theory]
    [InlineData(ApiFaultKind.TooManyRequests, 429, "COM0005")]
    [InlineData(ApiFaultKind.TooManyRequestsWithoutHeaders, 429, "COM0005")]
    [InlineData(ApiFaultKind.Error, 500, "\"code\"")]
    [InlineData(ApiFaultKind.HtmlError, 502, "<html>")]
    [InlineData(ApiFaultKind.ExpiredToken, 401, "AUM")]
    [InlineData(ApiFaultKind.EmptyBody, 201, "")]
    [InlineData(ApiFaultKind.InvalidJson, 201, "{")]
    [InlineData(ApiFaultKind.WrongContentType, 201, "ipAddress")]
    [InlineData(ApiFaultKind.Slow, 201, "ipAddress")]
    public async Task A_fault_happens_once_to_the_call_it_is_meant_for(ApiFaultKind kind, int status, string body)
    {
        await StartAsync();
        var fault = ApiFault.Of(kind) with { Operation = ApiOperation.CreatePortMapping };
        using var armed = Simulator.Faults.Arm(fault);

        await User.GetJsonAsync("/v1/port_mappings");
        using var response = await CreateAsync();
        var text = await response.Content.ReadAsStringAsync();

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(body, text);
        Assert.Equal(kind is not (ApiFaultKind.TooManyRequestsWithoutHeaders or ApiFaultKind.HtmlError), response.Headers.Contains("X-Soracom-Ratelimit-Seconds-Before-Refresh"));
        Assert.Equal(fault.TakesEffect ? 1 : 0, Simulator.Counters.EntriesCreated);
        Assert.Equal(1, armed.Fired);
        if (kind != ApiFaultKind.ExpiredToken)
        {
            await User.CreateAsync();
        }
    }

    [Theory]
    [InlineData(ApiFaultKind.Reset, 0)]
    [InlineData(ApiFaultKind.LostAnswer, 1)]
    [InlineData(ApiFaultKind.TruncatedBody, 1)]
    public async Task A_connection_that_ends_early_loses_the_call_or_only_its_answer(ApiFaultKind kind, int entries)
    {
        await StartAsync();
        Simulator.Faults.Arm(ApiFault.Of(kind));

        await Assert.ThrowsAsync<HttpRequestException>(CreateAsync);

        Assert.Equal(entries, Simulator.PortMappings.Count);
    }

    [Fact]
    public async Task A_stalled_call_is_never_answered()
    {
        await StartAsync();
        using var armed = Simulator.Faults.Arm(ApiFault.Stall());
        using var http = new HttpClient { BaseAddress = Simulator.ApiEndPoint };
        using var giveUp = new CancellationTokenSource();

        var call = http.GetAsync("/v1/port_mappings", giveUp.Token);
        await armed.FirstFiring.Soon();
        Assert.False(call.IsCompleted);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_fault_can_be_skipped_at_first_and_disarmed()
    {
        await StartAsync();
        var armed = Simulator.Faults.Arm(ApiFault.DeleteFails() with { Skip = 1, Count = int.MaxValue });
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 4; i++)
        {
            if (i == 3)
            {
                armed.Dispose();
            }

            using var response = await User.DeleteAsync(await User.CreateAsync());
            statuses.Add(response.StatusCode);
        }

        Assert.Equal(
            [HttpStatusCode.NoContent, HttpStatusCode.InternalServerError, HttpStatusCode.InternalServerError, HttpStatusCode.NoContent],
            statuses);
        Assert.Equal(2, armed.Fired);
    }

    [Fact]
    public async Task A_list_can_miss_entries_and_show_ended_ones()
    {
        await StartAsync();
        var ended = await User.CreateAsync();
        await User.DeleteAsync(ended);
        await User.CreateAsync();

        Simulator.Faults.Arm(ApiFault.ListIsEmpty());
        Assert.Equal(0, (await User.GetJsonAsync("/v1/port_mappings")).GetArrayLength());
        Simulator.Faults.Arm(ApiFault.ListIsStale());
        Assert.Equal(2, (await User.GetJsonAsync("/v1/port_mappings")).GetArrayLength());
        Assert.Equal(1, (await User.GetJsonAsync("/v1/port_mappings")).GetArrayLength());
    }

    private Task<HttpResponseMessage> CreateAsync() =>
        User.PostAsync("/v1/port_mappings", new { destination = new { imsi = Simulator.Imsi, port = 21 } });

    [Fact]
    public void Every_kind_of_fault_can_be_made_from_its_name()
    {
        Assert.All(Enum.GetValues<ApiFaultKind>(), kind => Assert.Equal(kind, ApiFault.Of(kind).Kind));
        Assert.All(Enum.GetValues<GatewayFaultKind>(), kind => Assert.Equal(kind, GatewayFault.Of(kind).Kind));
    }
}
