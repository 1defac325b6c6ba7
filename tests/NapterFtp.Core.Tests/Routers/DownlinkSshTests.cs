using System.Text.Encodings.Web;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Routers;

public sealed class DownlinkSshTests
{
    [Theory]
    [InlineData("a\"b\\c", "-----BEGIN KEY-----\nAAAA\n")]
    [InlineData("plain", "short")]
    public void No_secret_is_left_in_a_text_that_quotes_the_request_as_it_is_or_as_json(string password, string key)
    {
        using var secret = Secrets.ToSecure(password);
        var request = new DownlinkSsh(new RouterLogin("root", secret, key, null), 22, "ls");
        var json = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

        var hidden = request.Hide($"said {password} and {key} and {json.Encode(password)} and {json.Encode(key)}");

        Assert.Equal("said *** and *** and *** and ***", hidden);
    }
}
