using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Soracom;

public sealed class ProfileCommandTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_profile_is_what_the_command_prints()
    {
        SkipOnWindows();
        using var profile = await Command().RunAsync(
            "vault", """printf '{"authKeyId":"%s","authKey":"%s"}' keyId-1 "planted key" """, Cancellation);

        Assert.Equal("keyId-1", profile.AuthKeyId);
        Assert.Equal("planted key".Length, profile.AuthKey?.Length);
    }

    [Theory]
    [InlineData("sh -c 'echo planted-secret; echo planted-secret >&2; exit 3'", "ProfileCommandFailed", "exit code 3")]
    [InlineData("echo planted-secret", "ProfileCommandFailed", "did not print a profile")]
    [InlineData("sh -c 'head -c 100000 /dev/zero'", "ProfileCommandFailed", "more than a profile")]
    [InlineData("/no/such/program", "ProfileCommandFailed", "could not be started")]
    [InlineData("cat x | sh", "ProfileCommandInvalid", "cannot be run")]
    [InlineData("echo 'open", "ProfileCommandInvalid", "cannot be run")]
    [InlineData("  ", "ProfileCommandInvalid", "cannot be run")]
    public async Task A_command_that_gives_no_profile_is_an_error_that_keeps_its_output_secret(string command, string errorId, string says)
    {
        SkipOnWindows();

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => Command().RunAsync("vault", command, Cancellation));

        Assert.Equal(errorId, error.ErrorId);
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_does_not_end_is_stopped()
    {
        SkipOnWindows();
        var time = new WatchedTime();
        var run = new ProfileCommand(TimeSpan.FromSeconds(60), time).RunAsync("vault", "sleep 1000", Cancellation);

        await time.PassAsync(wait => wait == TimeSpan.FromSeconds(60));

        Assert.Equal("ProfileCommandTimeout", (await Assert.ThrowsAsync<NapterFtpException>(() => run)).ErrorId);
    }

    [Theory]
    [InlineData("a b  c", new[] { "a", "b", "c" })]
    [InlineData("a 'b c' \"d e\"f", new[] { "a", "b c", "d ef" })]
    [InlineData("a '' \"\"", new[] { "a", "", "" })]
    [InlineData("""a \"b\" c\ d 'e\f' "g\"h" """, new[] { "a", "\"b\"", "c d", "e\\f", "g\"h" })]
    [InlineData("a 'b;|&' \"<>\"", new[] { "a", "b;|&", "<>" })]
    [InlineData("", new string[0])]
    public void A_command_line_is_split_as_soracom_cli_splits_it(string line, string[] words)
    {
        Assert.Equal(words, CommandLine.Split(line));
    }

    private static ProfileCommand Command() => new(ProfileCommand.DefaultLimit, TimeProvider.System);

    private static void SkipOnWindows() => Assert.SkipWhen(OperatingSystem.IsWindows(), "Uses programs that POSIX has.");
}
