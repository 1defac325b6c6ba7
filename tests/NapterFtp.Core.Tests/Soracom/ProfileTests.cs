using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ProfileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("napterftp-profiles-").FullName;

    private Func<string, string?> Environment => name => name == "SORACOM_PROFILE_DIR" ? _directory : null;

    private ProfileStore Store => new(Environment);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_profile_gives_credentials_coverage_and_token_timeout()
    {
        Write("work", """{"coverageType":"g","authKeyId":"keyId-1","authKey":"planted-key","tokenTimeoutSeconds":"600","sandbox":false,"headers":{"a":"b"}}""");
        await using var fixture = new SoracomFixture();

        var connection = await ConnectAsync(fixture, "work");

        var request = Assert.Single(fixture.Api.To("POST", "/v1/auth"));
        Assert.Equal("""{"authKeyId":"keyId-1","authKey":"planted-key","tokenTimeoutSeconds":600}""", request.Body);
        Assert.Equal("https://g.api.soracom.io", request.Host);
        Assert.Equal(SoracomCoverage.Global, connection.Coverage);
    }

    [Fact]
    public async Task The_names_of_a_profiles_fields_may_have_any_case_as_with_soracom_cli()
    {
        Write("sam", """{"operatorID":"OP0000000001","userName":"puller","Password":"planted-password","CoverageType":"g","TokenTimeoutSeconds":600}""");
        await using var fixture = new SoracomFixture();

        var connection = await ConnectAsync(fixture, "sam");

        Assert.Equal(
            """{"operatorId":"OP0000000001","userName":"puller","password":"planted-password","tokenTimeoutSeconds":600}""",
            Assert.Single(fixture.Api.To("POST", "/v1/auth")).Body);
        Assert.Equal(SoracomCoverage.Global, connection.Coverage);
    }

    [Fact]
    public async Task A_profile_without_coverage_is_for_Japan_and_its_end_point_wins_over_its_coverage()
    {
        Write("old", """{"email":"someone@example.com","password":"planted-password"}""");
        Write("private", """{"email":"someone@example.com","password":"planted-password","coverageType":"g","endpoint":"https://api.example.com/"}""");
        await using var fixture = new SoracomFixture();

        Assert.Equal("https://api.soracom.io/", (await ConnectAsync(fixture, "old")).EndPoint.ToString());
        Assert.Equal("https://api.example.com/", (await ConnectAsync(fixture, "private")).EndPoint.ToString());
    }

    [Fact]
    public void A_user_without_a_home_folder_has_no_profiles_rather_than_those_of_whichever_folder_is_current()
    {
        var store = new ProfileStore(_ => null, home: "");
        Assert.Null(store.Directory);
        Assert.Empty(store.Names);
        Assert.False(store.Exists("default"));
        var error = Assert.Throws<NapterFtpException>(() => store.Load("default"));
        Assert.Equal("ProfileNotFound", error.ErrorId);
        Assert.Contains("SORACOM_PROFILE_DIR", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupExecute)]
    public void A_profile_that_others_may_touch_is_refused_with_the_command_that_mends_it(UnixFileMode mode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The rule is for POSIX.");
        var path = Write("open", "{}");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | mode);
        }

        var error = Assert.Throws<NapterFtpException>(() => Store.Load("open"));

        Assert.Equal("ProfilePermissionsTooOpen", error.ErrorId);
        Assert.Contains($"chmod 600 '{path}'", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_profile_is_an_error_that_names_those_there_are()
    {
        Write("home", "{}");
        Write("work", "{}");

        var error = Assert.Throws<NapterFtpException>(() => Store.Load("wrok"));

        Assert.Equal("ProfileNotFound", error.ErrorId);
        Assert.Contains("home, work", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../work")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("a\\b")]
    public void A_profile_name_cannot_lead_out_of_the_folder(string name)
    {
        Assert.Equal("ProfileNameInvalid", Assert.Throws<NapterFtpException>(() => Store.Load(name)).ErrorId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"password":"planted-password" "email":1""")]
    public void A_profile_that_is_not_json_is_an_error_that_does_not_quote_it(string json)
    {
        Write("broken", json);

        var error = Assert.Throws<NapterFtpException>(() => Store.Load("broken"));

        Assert.Equal("ProfileInvalid", error.ErrorId);
        Assert.DoesNotContain("planted", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_profile_that_does_not_say_how_to_sign_in_is_an_error()
    {
        Write("empty", """{"email":"someone@example.com"}""");
        await using var fixture = new SoracomFixture();

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => ConnectAsync(fixture, "empty"));

        Assert.Equal("ProfileIncomplete", error.ErrorId);
        Assert.Empty(fixture.Api.Requests);
    }

    [Fact]
    public async Task A_profile_with_a_source_profile_signs_in_as_that_and_switches_user()
    {
        Write("boss", """{"authKeyId":"keyId-1","authKey":"planted-key","tokenTimeoutSeconds":7200}""");
        Write("worker", """{"operatorId":"OP0000000002","username":"puller","sourceProfile":"boss","tokenTimeoutSeconds":86400}""");
        await using var fixture = new SoracomFixture();
        fixture.Api.On("POST", "/v1/auth/switch_user", _ => FakeSoracom.Json(
            HttpStatusCode.OK, """{"apiKey":"planted-api-key","operatorId":"OP0000000002","token":"planted-token-2","userName":"puller"}"""));

        var connection = await ConnectAsync(fixture, "worker");

        Assert.Equal(
            ["/v1/auth", "/v1/auth/switch_user"],
            fixture.Api.Requests.Select(request => request.Path));
        var switching = fixture.Api.Requests[1];
        Assert.Equal("""{"operatorId":"OP0000000002","userName":"puller","tokenTimeoutSeconds":3600}""", switching.Body);
        Assert.Equal("planted-token-1", switching.Token);
        Assert.Equal(("OP0000000002", "puller"), (connection.OperatorId, connection.UserName));
        Assert.Equal(fixture.Time.GetUtcNow() + TimeSpan.FromHours(1), connection.TokenExpiresAt);
    }

    [Fact]
    public async Task A_source_profile_cannot_have_a_source_profile()
    {
        Write("a", """{"operatorId":"OP0000000001","username":"a","sourceProfile":"b"}""");
        Write("b", """{"operatorId":"OP0000000002","username":"b","sourceProfile":"a"}""");
        await using var fixture = new SoracomFixture();

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => ConnectAsync(fixture, "a"));

        Assert.Equal("ProfileIncomplete", error.ErrorId);
    }

    [Fact]
    public async Task A_profile_is_read_again_when_signing_in_again()
    {
        Write("work", """{"authKeyId":"keyId-1","authKey":"planted-key-1"}""");
        await using var fixture = new SoracomFixture();
        var connection = await ConnectAsync(fixture, "work");
        Write("work", """{"authKeyId":"keyId-1","authKey":"planted-key-2"}""");
        fixture.Api.OnInTurn(
            "GET",
            "/v1/port_mappings",
            _ => new HttpResponseMessage(HttpStatusCode.Unauthorized),
            _ => FakeSoracom.Json(HttpStatusCode.OK, "[]"));

        await connection.Api.ListAsync(null, TestContext.Current.CancellationToken);

        Assert.Equal("planted-key-2", fixture.Api.To("POST", "/v1/auth")[1].Json.GetProperty("authKey").GetString());
    }

    private Task<NapterConnection> ConnectAsync(SoracomFixture fixture, string profile) =>
        fixture.ConnectAsync(fixture.Options with { Credential = new SoracomCredential.Profile(profile), Environment = Environment });

    private string Write(string name, string json)
    {
        var path = Path.Combine(_directory, name + ".json");
        File.WriteAllText(path, json);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return path;
    }
}
