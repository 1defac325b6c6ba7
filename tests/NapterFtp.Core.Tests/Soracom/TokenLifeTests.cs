using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class TokenLifeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_token_is_renewed_ahead_of_its_end_without_signing_in_again()
    {
        await using var fixture = new SoracomFixture();
        AnswerLists(fixture);
        var connection = await fixture.ConnectAsync(fixture.Options with { TokenTimeout = TimeSpan.FromMinutes(10) });
        var firstEnd = connection.TokenExpiresAt;

        // A tenth of its life is left.
        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromMinutes(9));
        await fixture.Time.WaitBeginsAsync(wait => wait == TimeSpan.FromMinutes(9));
        await connection.Api.ListAsync(null, Cancellation);

        var refresh = Assert.Single(fixture.Api.To("POST", "/v1/operators/OP0000000001/token"));
        Assert.Equal("""{"tokenTimeoutSeconds":600}""", refresh.Body);
        Assert.Equal("planted-token-1", refresh.Token);
        Assert.Equal("planted-token-2", fixture.Api.To("GET", "/v1/port_mappings")[^1].Token);
        Assert.Equal(firstEnd + TimeSpan.FromMinutes(9), connection.TokenExpiresAt);
        Assert.Single(fixture.Api.To("POST", "/v1/auth"));
    }

    [Fact]
    public async Task A_token_that_SORACOM_gives_for_seconds_only_is_not_renewed_without_a_pause()
    {
        // {"iat":1775000000,"exp":1775000020}
        const string Short = "e30.eyJpYXQiOjE3NzUwMDAwMDAsImV4cCI6MTc3NTAwMDAyMH0.signature";
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/auth", _ => FakeSoracom.Json(
            HttpStatusCode.OK, $$"""{"apiKey":"planted-api-key","operatorId":"OP0000000001","token":"{{Short}}"}"""));
        fixture.Api.On("POST", "/v1/operators/OP0000000001/token", _ => FakeSoracom.Json(HttpStatusCode.OK, $$"""{"token":"{{Short}}"}"""));
        await fixture.ConnectAsync();

        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromSeconds(10));
        await fixture.Time.WaitBeginsAsync(wait => wait == TimeSpan.FromSeconds(10));

        Assert.Single(fixture.Api.To("POST", "/v1/operators/OP0000000001/token"));
    }

    [Fact]
    public async Task A_token_that_ended_already_is_replaced_by_signing_in_again()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/operators/OP0000000001/token", _ => FakeSoracom.Json(
            HttpStatusCode.BadRequest,
            """{"httpStatus":400,"errorMessage":{"code":"AUM0003","message":"expired"}}"""));
        var connection = await fixture.ConnectAsync();

        fixture.Time.Advance(TimeSpan.FromDays(1) - TimeSpan.FromMinutes(1));
        await fixture.Time.WaitBeginsAsync(wait => wait > TimeSpan.FromHours(23));
        await fixture.Time.WaitBeginsAsync(wait => wait > TimeSpan.FromHours(23));

        Assert.Equal(2, fixture.Api.To("POST", "/v1/auth").Count);
        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromDays(1), connection.TokenExpiresAt);
    }

    [Fact]
    public async Task A_renewal_that_fails_for_a_passing_reason_is_tried_again_while_the_old_token_lasts()
    {
        await using var fixture = new SoracomFixture();
        AnswerLists(fixture);
        fixture.Api.OnInTurn(
            "POST",
            "/v1/operators/OP0000000001/token",
            _ => FakeSoracom.Limited("Retry-After", "150"),
            _ => FakeSoracom.Json(HttpStatusCode.OK, """{"token":"planted-token-renewed"}"""));
        var connection = await fixture.ConnectAsync();

        await fixture.Time.PassAsync(wait => wait > TimeSpan.FromHours(23));
        await fixture.Time.WaitBeginsAsync(wait => wait == TimeSpan.FromMinutes(1));
        await connection.Api.ListAsync(null, Cancellation);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));

        // The rest of what SORACOM asked to wait, which is not too long any more.
        await fixture.Time.PassAsync(wait => wait == TimeSpan.FromSeconds(90));
        await fixture.Time.WaitBeginsAsync(wait => wait > TimeSpan.FromHours(23));
        await connection.Api.ListAsync(null, Cancellation);

        Assert.Equal(
            ["planted-token-1", "planted-token-renewed"],
            fixture.Api.To("GET", "/v1/port_mappings").Select(request => request.Token));
        Assert.Single(fixture.Api.To("POST", "/v1/auth"));
    }

    [Fact]
    public async Task Refused_credentials_are_not_sent_again_by_every_call_that_needs_a_token()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();
        AnswerLists(fixture, rejected: "planted-token-1");
        fixture.Api.On("POST", "/v1/auth", _ => FakeSoracom.Json(HttpStatusCode.Unauthorized, """{"code":"AUM0001","message":"Wrong"}"""));

        for (var i = 0; i < 3; i++)
        {
            var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.ListAsync(null, Cancellation));
            Assert.Equal("SignInFailed", error.ErrorId);
        }

        Assert.Equal(2, fixture.Api.To("POST", "/v1/auth").Count);
        fixture.Time.Advance(TimeSpan.FromMinutes(1));
        fixture.Api.On("POST", "/v1/auth", _ => FakeSoracom.Json(HttpStatusCode.OK, fixture.Api.NewToken()));
        Assert.Empty(await connection.Api.ListAsync(null, Cancellation));
    }

    [Fact]
    public async Task After_a_401_the_call_signs_in_again_and_is_sent_once_more()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();
        AnswerLists(fixture, rejected: "planted-token-1");

        Assert.Empty(await connection.Api.ListAsync(null, Cancellation));

        Assert.Equal(["planted-token-1", "planted-token-2"], fixture.Api.To("GET", "/v1/port_mappings").Select(request => request.Token));
        Assert.Equal(2, fixture.Api.To("POST", "/v1/auth").Count);
        Assert.Equal(fixture.Api.To("POST", "/v1/auth")[0].Body, fixture.Api.To("POST", "/v1/auth")[1].Body);
    }

    [Fact]
    public async Task A_second_401_is_reported_and_not_tried_for_ever()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();
        fixture.Api.On("GET", "/v1/port_mappings", _ => FakeSoracom.Json(HttpStatusCode.Unauthorized, """{"code":"AUM0002","message":"no"}"""));

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => connection.Api.ListAsync(null, Cancellation));

        Assert.Equal("TokenRejected", error.ErrorId);
        Assert.Equal(NapterFtpErrorKind.Authentication, error.Kind);
        Assert.Equal(2, fixture.Api.To("GET", "/v1/port_mappings").Count);
    }

    [Fact]
    public async Task Many_calls_whose_token_was_rejected_sign_in_again_once()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync(fixture.Options with { ApiCallsPerSecond = 1000 });
        AnswerLists(fixture, rejected: "planted-token-1");
        var allIn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Api.OnAsync("POST", "/v1/auth", async (_, cancellationToken) =>
        {
            await allIn.Task.WaitAsync(cancellationToken);
            return FakeSoracom.Json(HttpStatusCode.OK, fixture.Api.NewToken());
        });

        var calls = Enumerable.Range(0, 20).Select(_ => connection.Api.ListAsync(null, Cancellation)).ToArray();
        allIn.SetResult();
        await Task.WhenAll(calls);

        Assert.Equal(2, fixture.Api.To("POST", "/v1/auth").Count);
    }

    [Fact]
    public async Task One_caller_that_gives_up_does_not_end_the_sign_in_that_others_wait_for()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();
        AnswerLists(fixture, rejected: "planted-token-1");
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Api.OnAsync("POST", "/v1/auth", async (_, cancellationToken) =>
        {
            asked.SetResult();
            await goOn.Task.WaitAsync(cancellationToken);
            return FakeSoracom.Json(HttpStatusCode.OK, fixture.Api.NewToken());
        });

        using var impatient = new CancellationTokenSource();
        var first = connection.Api.ListAsync(null, impatient.Token);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancellation);
        var second = connection.Api.ListAsync(null, Cancellation);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        goOn.SetResult();

        Assert.Empty(await second);
    }

    [Fact]
    public async Task Disconnecting_signs_out_and_later_calls_say_so()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync();

        await connection.DisconnectAsync();
        await connection.DisconnectAsync();

        Assert.Equal("planted-token-1", Assert.Single(fixture.Api.To("POST", "/v1/auth/logout")).Token);
        Assert.Null(connection.TokenExpiresAt);
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => connection.Api.ListAsync(null, Cancellation));
        Assert.Equal("ConnectionClosed", error.ErrorId);
    }

    [Fact]
    public void A_token_tells_its_operator_and_lifetime_but_never_itself()
    {
        var payload = Convert.ToBase64String("""{"iat":1000,"exp":"4600","operator":{"operatorId":"OP0000000001"}}"""u8.ToArray()).TrimEnd('=');

        Assert.Equal(("OP0000000001", TimeSpan.FromHours(1)), ApiToken.ReadClaims($"head.{payload}.signature"));
        Assert.Equal((null, null), ApiToken.ReadClaims("no token"));
        Assert.Equal((null, null), ApiToken.ReadClaims("a.b!.c"));
        Assert.Equal((null, null), ApiToken.ReadClaims($"a.{Convert.ToBase64String("[]"u8)}.c"));
    }

    private static void AnswerLists(SoracomFixture fixture, string? rejected = null) =>
        fixture.Api.On("GET", "/v1/port_mappings", request => request.Token == rejected
            ? FakeSoracom.Json(HttpStatusCode.Unauthorized, """{"code":"AUM0002","message":"Token expired"}""")
            : FakeSoracom.Json(HttpStatusCode.OK, "[]"));
}
