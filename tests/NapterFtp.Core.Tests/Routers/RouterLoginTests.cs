using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>Real routers whose SSH server or login is unlike the usual one.</summary>
public sealed class RouterLoginTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_router_with_several_host_keys_is_known_by_any_one_of_them()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { OtherHostKeys = ["rsa", "ecdsa"] });
        var login = bench.ByKey();
        foreach (var key in bench.Lab.OtherHostKeys.Append(bench.Lab.HostKeyFingerprint))
        {
            var router = Router(bench, login, key);
            Assert.Equal(key, await bench.Connection.Routers.AskHostKeyAsync(router, Token));
            Assert.True((await bench.Connection.Routers.Of(router).LookAsync(Token)).IsRoot);
        }
    }

    [Fact]
    public async Task A_router_has_changed_where_none_of_its_host_keys_is_the_known_one_and_is_sent_no_login()
    {
        await using var bench = await RouterBench.StartAsync(new RouterLabOptions { OtherHostKeys = ["rsa", "ecdsa"] });
        var router = Router(bench, bench.ByKey(), "SHA256:" + new string('A', 43));

        var error = await Assert.ThrowsAsync<NapterFtpException>(() => bench.Connection.Routers.Of(router).LookAsync(Token));

        Assert.Equal("RouterHostKeyChanged", error.ErrorId);
        Assert.Contains(bench.Lab.HostKeyFingerprint, error.Message, StringComparison.Ordinal);
        Assert.Equal(bench.Lab.HostKeyFingerprint, await bench.Connection.Routers.AskHostKeyAsync(router, Token));
        await bench.Connection.DisconnectAsync();
        Assert.Empty(bench.Simulator.PortMappings);
    }

    private static NapterRouter Router(RouterBench bench, RouterLogin login, string key) => new(bench.Sim, bench.Lab.Devices[0], login) { HostKeyFingerprint = key };
}
