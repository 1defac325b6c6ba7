using System.Globalization;
using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ApiRetryTests
{
    private static readonly PortMappingRequest Request = new(DeviceTarget.FromImsi("001010000000001"), 21, TimeSpan.FromHours(1), []);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("X-Soracom-Ratelimit-Seconds-Before-Refresh", "17", 17)]
    [InlineData("Retry-After", "5", 5)]
    [InlineData("Retry-After", "Wed, 01 Apr 2026 00:00:09 GMT", 9)]
    public async Task After_a_429_even_a_create_is_sent_again_when_SORACOM_says(string header, string value, int seconds)
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn("POST", "/v1/port_mappings", _ => FakeSoracom.Limited(header, value), _ => Created());
        var connection = await fixture.ConnectAsync();

        var create = connection.Api.CreateAsync(Request, Cancellation);
        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromSeconds(seconds));

        Assert.Equal(21, (await create).DevicePort);
        Assert.Equal(2, fixture.Api.To("POST", "/v1/port_mappings").Count);
    }

    [Fact]
    public async Task A_time_of_day_to_try_again_at_is_one_by_the_clock_of_the_answer()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn("POST", "/v1/port_mappings", _ => Ahead(TimeSpan.FromHours(2)), _ => Created());
        var connection = await fixture.ConnectAsync();

        var create = connection.Api.CreateAsync(Request, Cancellation);
        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromSeconds(9));

        Assert.Equal(21, (await create).DevicePort);

        HttpResponseMessage Ahead(TimeSpan ahead)
        {
            var there = fixture.Time.GetUtcNow() + ahead;
            var answer = FakeSoracom.Limited("Retry-After", there.AddSeconds(9).ToString("R", CultureInfo.InvariantCulture));
            answer.Headers.Date = there;
            return answer;
        }
    }

    [Fact]
    public async Task A_429_that_asks_for_more_than_the_callers_patience_fails_at_once_and_says_how_long()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/port_mappings", _ => FakeSoracom.Limited("X-Soracom-Ratelimit-Seconds-Before-Refresh", "42"));
        var connection = await fixture.ConnectAsync();

        var error = await Assert.ThrowsAsync<SoracomApiException>(() =>
            connection.Api.CreateAsync(Request with { Limit = new Deadline(fixture.Time, TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(30)) }, Cancellation));

        Assert.Equal(("SoracomRateLimited", NapterFtpErrorKind.LimitReached), (error.ErrorId, error.Kind));
        Assert.Equal(TimeSpan.FromSeconds(42), error.RetryAfter);
        Assert.Contains("42 s", error.Advice, StringComparison.Ordinal);
        Assert.False(error.MayHaveTakenEffect);
    }

    [Fact]
    public async Task While_one_call_waits_for_a_limit_no_other_of_its_group_is_sent_but_those_of_other_groups_are()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn(
            "GET",
            "/v1/port_mappings",
            _ => FakeSoracom.Limited("Retry-After", "10"),
            _ => FakeSoracom.Json(HttpStatusCode.OK, "[]"));
        var connection = await fixture.ConnectAsync();
        var first = connection.Api.ListAsync(null, Cancellation);
        await fixture.Time.WaitBeginsAsync(wait => wait == TimeSpan.FromSeconds(10));

        var second = connection.Api.ListAsync(null, Cancellation);
        await fixture.Time.WaitBeginsAsync(wait => wait == TimeSpan.FromSeconds(10));
        Assert.Null(await connection.Api.GetSimAsync("8981100000000000001", Cancellation));
        Assert.Single(fixture.Api.To("GET", "/v1/port_mappings"));
        fixture.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Empty(await first);
        Assert.Empty(await second);
    }

    [Fact]
    public async Task A_list_is_repeated_after_server_failures_with_growing_waits()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.OnInTurn(
            "GET",
            "/v1/port_mappings",
            _ => new HttpResponseMessage(HttpStatusCode.BadGateway),
            _ => FakeSoracom.Json(HttpStatusCode.OK, "not json"),
            _ => throw new HttpRequestException(HttpRequestError.ResponseEnded),
            _ => FakeSoracom.Json(HttpStatusCode.OK, "[]"));
        var connection = await fixture.ConnectAsync();

        var list = connection.Api.ListAsync(null, Cancellation);
        var waits = new List<TimeSpan>();
        for (var i = 0; i < 3; i++)
        {
            waits.Add(await fixture.Time.PassAsync(wait => wait < TimeSpan.FromSeconds(5)));
        }

        Assert.Empty(await list);
        Assert.InRange(waits[0].TotalSeconds, 0.25, 0.5);
        Assert.InRange(waits[1].TotalSeconds, 0.5, 1);
        Assert.InRange(waits[2].TotalSeconds, 1, 2);
    }

    [Fact]
    public async Task The_last_failure_is_reported_when_the_callers_patience_would_run_out()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("GET", "/v1/port_mappings", _ => FakeSoracom.Json(HttpStatusCode.ServiceUnavailable, """{"code":"X1","message":"busy"}"""));
        var connection = await fixture.ConnectAsync();

        var left = ApiCall.DefaultPatience;
        var list = connection.Api.ListAsync(null, Cancellation);
        while (await Task.WhenAny(list, fixture.Time.WaitBeginsAsync(IsBackoff)) is Task<TimeSpan> wait)
        {
            fixture.Time.Advance(await wait);
            left -= await wait;
        }

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => list);
        Assert.Equal("X1", error.Code);
        Assert.InRange(left.TotalSeconds, 0, 16);

        // Not the limit of an attempt, which is all that is left when that is less than 20 s.
        bool IsBackoff(TimeSpan wait) => wait < TimeSpan.FromSeconds(20) && wait != left;
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once_even_while_it_waits_to_be_repeated()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("GET", "/v1/port_mappings", _ => FakeSoracom.Limited("Retry-After", "10"));
        var connection = await fixture.ConnectAsync();
        using var cancel = new CancellationTokenSource();
        var list = connection.Api.ListAsync(null, cancel.Token);
        await fixture.Time.WaitBeginsAsync(wait => wait == TimeSpan.FromSeconds(10));

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => list);
    }

    private static HttpResponseMessage Created() =>
        FakeSoracom.Json(HttpStatusCode.Created, """{"endpoint":"35.75.205.78:30021","destination":{"port":21}}""");
}
