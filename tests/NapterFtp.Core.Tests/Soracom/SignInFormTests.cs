using System.Globalization;
using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class SignInFormTests
{
    private const string Escaped = "\"planted-password-\\\"é\\\\\"";

    [Fact]
    public async Task The_root_account_signs_in_with_email_and_password()
    {
        await using var fixture = new SoracomFixture();

        var connection = await fixture.ConnectAsync();

        var request = Assert.Single(fixture.Api.To("POST", "/v1/auth"));
        Assert.Equal($$"""{"email":"someone@example.com","password":{{Escaped}},"tokenTimeoutSeconds":86400}""", request.Body);
        Assert.Equal("https://api.soracom.io", request.Host);
        Assert.Null(request.Token);
        Assert.Equal("OP0000000001", connection.OperatorId);
        Assert.Null(connection.UserName);
        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromDays(1), connection.TokenExpiresAt);
    }

    [Fact]
    public async Task An_auth_key_signs_in_with_its_id_and_secret()
    {
        await using var fixture = new SoracomFixture();

        await fixture.ConnectAsync(fixture.Options with
        {
            Credential = new SoracomCredential.AuthKey("keyId-1", SoracomFixture.Secure(SoracomFixture.Password)),
            TokenTimeout = TimeSpan.FromMinutes(3),
        });

        Assert.Equal(
            $$"""{"authKeyId":"keyId-1","authKey":{{Escaped}},"tokenTimeoutSeconds":180}""",
            Assert.Single(fixture.Api.To("POST", "/v1/auth")).Body);
    }

    [Fact]
    public async Task A_SAM_user_signs_in_with_operator_name_password_and_code()
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/auth", _ => FakeSoracom.Json(
            HttpStatusCode.OK, """{"apiKey":"planted-api-key","operatorId":"OP0000000001","token":"planted-token","userName":"puller"}"""));

        var connection = await fixture.ConnectAsync(fixture.Options with
        {
            Credential = new SoracomCredential.SamUser("OP0000000001", "puller", SoracomFixture.Secure(SoracomFixture.Password)),
            MfaCode = "123456",
            Coverage = SoracomCoverage.Global,
        });

        var request = Assert.Single(fixture.Api.To("POST", "/v1/auth"));
        Assert.Equal(
            $$"""{"operatorId":"OP0000000001","userName":"puller","password":{{Escaped}},"mfaOTPCode":"123456","tokenTimeoutSeconds":86400}""",
            request.Body);
        Assert.Equal("https://g.api.soracom.io", request.Host);
        Assert.Equal("puller", connection.UserName);
    }

    [Theory]
    [InlineData("""{"code":"AUM0019","message":"MFA OTP code is required"}""", "MfaCodeRequired")]
    [InlineData("""{"code":"AUM0019","message":"多要素認証のコードが必要です"}""", "MfaCodeRequired")]
    [InlineData("""{"code":"AUM0001","message":"Invalid username or password"}""", "SignInFailed")]
    [InlineData("", "SignInFailed")]
    public async Task A_refused_sign_in_says_whether_a_code_is_missing(string body, string errorId)
    {
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/auth", _ => FakeSoracom.Json(HttpStatusCode.Unauthorized, body));

        var error = await Assert.ThrowsAsync<SoracomApiException>(() => fixture.ConnectAsync());

        Assert.Equal(errorId, error.ErrorId);
        Assert.Equal(NapterFtpErrorKind.Authentication, error.Kind);
        Assert.Contains("-MfaCode", error.Advice, StringComparison.Ordinal);
        Assert.Single(fixture.Api.Requests);
    }

    [Fact]
    public async Task A_code_is_sent_with_the_first_sign_in_only()
    {
        await using var fixture = new SoracomFixture();
        var connection = await fixture.ConnectAsync(fixture.Options with { MfaCode = "123456" });
        fixture.Api.OnInTurn(
            "GET",
            "/v1/port_mappings",
            _ => new HttpResponseMessage(HttpStatusCode.Unauthorized),
            _ => FakeSoracom.Json(HttpStatusCode.OK, "[]"));

        await connection.Api.ListAsync(null, TestContext.Current.CancellationToken);

        var signIns = fixture.Api.To("POST", "/v1/auth");
        Assert.Equal("123456", signIns[0].Json.GetProperty("mfaOTPCode").GetString());
        Assert.False(signIns[1].Json.TryGetProperty("mfaOTPCode", out _));
    }

    [Theory]
    [InlineData("ja-JP", "ja")]
    [InlineData("en-US", "en")]
    [InlineData("fr", "en")]
    public async Task SORACOM_is_asked_to_speak_the_users_language_if_it_can(string culture, string language)
    {
        CultureInfo.CurrentUICulture = new CultureInfo(culture);
        await using var fixture = new SoracomFixture();

        await fixture.ConnectAsync();

        Assert.Equal(language, fixture.Api.Requests[0].Headers["X-Soracom-Lang"]);
    }

    [Theory]
    [InlineData(179)]
    [InlineData(172_801)]
    public async Task A_token_timeout_that_SORACOM_does_not_know_is_refused(int seconds)
    {
        await using var fixture = new SoracomFixture();

        var error = await Assert.ThrowsAsync<NapterFtpException>(() =>
            fixture.ConnectAsync(fixture.Options with { TokenTimeout = TimeSpan.FromSeconds(seconds) }));

        Assert.Equal("TokenTimeoutOutOfRange", error.ErrorId);
        Assert.Empty(fixture.Api.Requests);
    }
}
