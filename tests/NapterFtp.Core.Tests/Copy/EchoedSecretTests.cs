using System.Security;
using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A device that says the password again.</summary>
public sealed class EchoedSecretTests
{
    private const string Secret = "s3cr3t-word";

    [Fact]
    public async Task A_password_that_the_device_repeats_is_masked_in_the_error()
    {
        await using var bench = Bench(new OddServer
        {
            Reply = (verb, argument) => verb == "USER" ? "331 Password?" : verb == "PASS" ? $"530 'PASS {argument}'? No." : null,
        });

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => bench.CopyAsync(bench.Pull()));

        Assert.Equal("FtpLoginRefused", error.ErrorId);
        Assert.Contains("530 'PASS ****'? No.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_the_device_repeats_later_is_masked_in_the_error_and_in_the_log()
    {
        await using var bench = Bench(new OddServer
        {
            Reply = (verb, argument) => verb == "USER" ? "331 Password?" : verb == "PASS" ? $"230 PASS {argument} taken."
                : verb == "RETR" ? $"550 {argument}: {Secret.ToUpperInvariant()} may not read it." : null,
        }.With("/a"));

        await bench.CopyAsync(bench.Pull());

        Assert.Contains("**** may not read it.", Assert.Single(bench.Log.Errors).Message, StringComparison.Ordinal);
        Assert.Contains(bench.Told, line => line.Contains("230 PASS **** taken.", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Told, line => line.Contains(Secret, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_folder_and_a_file_named_like_the_password_are_found_and_copied()
    {
        await using var bench = Bench(new OddServer
        {
            Home = "/" + Secret,
            Reply = (verb, _) => verb == "USER" ? "331 Password?" : null,
        }.With($"/{Secret}/{Secret}"));

        await bench.CopyAsync(bench.Pull("*"));

        Assert.Empty(bench.Log.Errors);
        Assert.Equal([Secret], bench.LocalFiles());
    }

    private static OddBench Bench(OddServer server)
    {
        var password = new SecureString();
        foreach (var character in Secret)
        {
            password.AppendChar(character);
        }

        var bench = new OddBench(server);
        bench.Options = bench.Options with { Login = new FtpLogin("user", password) };
        return bench;
    }
}
