using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

public sealed class OutboundProxyTests
{
    private static readonly Uri Gateway = new("https://203-0-113-5.napter.soracom.io:31234");

    [Theory]
    [InlineData("HTTPS_PROXY=http://proxy.example:8080", "http://proxy.example:8080/")]
    [InlineData("https_proxy=proxy.example:8080", "http://proxy.example:8080/")]
    [InlineData("ALL_PROXY=socks5://proxy.example:1080", "socks5://proxy.example:1080/")]
    [InlineData("ALL_PROXY=socks5h://proxy.example:1080", "socks5://proxy.example:1080/")]
    [InlineData("HTTPS_PROXY=http://a.example:1;ALL_PROXY=http://b.example:2", "http://a.example:1/")]
    [InlineData("HTTP_PROXY=http://proxy.example:8080", null)]
    [InlineData("HTTPS_PROXY=http://proxy.example:8080;NO_PROXY=*", null)]
    [InlineData("HTTPS_PROXY=http://proxy.example:8080;NO_PROXY=localhost, .soracom.io", null)]
    [InlineData("HTTPS_PROXY=http://proxy.example:8080;no_proxy=napter.soracom.io", null)]
    [InlineData("HTTPS_PROXY=http://proxy.example:8080;NO_PROXY=acom.io", "http://proxy.example:8080/")]
    [InlineData("HTTPS_PROXY=http://proxy.example:8080;NO_PROXY=soracom.io:443", "http://proxy.example:8080/")]
    public void The_environment_names_the_proxy_and_what_is_reached_without_it(string environment, string? expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || OperatingSystem.IsMacOS(), "The system's own proxy is asked for there.");
        Assert.Equal(expected, Choose(environment).GetProxy(Gateway)?.ToString());
    }

    [Theory]
    [InlineData("https://127.0.0.1:31234")]
    [InlineData("https://localhost:31234")]
    [InlineData("https://[::1]:31234")]
    [InlineData("https://10.1.2.3:31234")]
    public void This_machine_and_networks_of_NO_PROXY_are_reached_directly(string destination) =>
        Assert.True(Choose("HTTPS_PROXY=http://proxy.example:8080;NO_PROXY=10.0.0.0/8").IsBypassed(new Uri(destination)));

    [Fact]
    public void A_proxy_given_by_the_user_outranks_the_environment_but_reads_no_plain_http_to_this_machine()
    {
        var proxy = OutboundProxy.Choose(new Uri("socks5://given.example:1080"), null, Variables("HTTPS_PROXY=http://proxy.example:8080;NO_PROXY=*"));
        Assert.Equal("socks5://given.example:1080/", proxy.GetProxy(Gateway)?.ToString());
        Assert.Null(proxy.GetProxy(new Uri("http://127.0.0.1:8080")));
    }

    [Fact]
    public void A_login_in_the_environment_is_used_and_is_in_no_name()
    {
        var proxy = Choose("HTTPS_PROXY=http://user:p%40ss@proxy.example:8080");
        var login = proxy.Credentials!.GetCredential(new Uri("http://proxy.example:8080"), "Basic")!;
        Assert.Equal(("user", "p@ss"), (login.UserName, login.Password));
        Assert.Equal("http://proxy.example:8080", OutboundProxy.Name(Choose("HTTPS_PROXY=http://user:p%40ss@proxy.example:8080").GetProxy(Gateway) ?? new Uri("http://proxy.example:8080")));
    }

    [Theory]
    [InlineData("ftp://proxy.example:21")]
    [InlineData("http://user:hunter2@proxy.example:8080")]
    [InlineData("http://proxy.example:8080/path")]
    public void What_is_no_proxy_is_refused_with_how_to_write_it_and_no_secret(string given)
    {
        var error = Assert.Throws<NapterFtpException>(() => OutboundProxy.Choose(new Uri(given), null, _ => null));
        Assert.Equal("ProxyInvalid", error.ErrorId);
        Assert.NotNull(error.Advice);
        Assert.DoesNotContain("hunter2", error.ToString() + error.Target, StringComparison.Ordinal);
    }

    private static OutboundProxy Choose(string environment) => OutboundProxy.Choose(null, null, Variables(environment));

    private static Func<string, string?> Variables(string environment) => name =>
        environment.Split(';').Select(variable => variable.Split('=', 2)).FirstOrDefault(variable => variable[0] == name)?[1];
}
