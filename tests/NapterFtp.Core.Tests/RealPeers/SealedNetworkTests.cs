using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NapterFtp.Core.Tests.Transport;
using NapterFtp.Pulls;
using NapterFtp.Simulator;
using NapterFtp.Soracom;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.RealPeers;

/// <summary>A network, as of a factory, that lets nothing out but through its proxy: a network namespace whose one way leads to the proxy's port.</summary>
public sealed class SealedNetworkTests
{
    private const string Prefix = "NAPTERFTP_SEALED_";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData("tinyproxy")]
    [InlineData("squid-ntlm")]
    [InlineData("microsocks")]
    public async Task Where_the_proxy_is_the_only_way_out_all_work_goes_through_it(string kind)
    {
        Assert.SkipUnless(kind == "squid-ntlm" || Campaign.IsLong, "Another proxy in the same network; NAPTERFTP_LONG=1 tries it.");
        var obstacle = await RouterLab.ObstacleAsync();
        Assert.SkipWhen(obstacle is not null, obstacle ?? "");
        using var remote = new ScratchFolder();
        using var state = new ScratchFolder();
        using var authority = new TestCertificates();
        var content = new byte[300_000];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(remote.File("data.bin"), content, TestContext.Current.CancellationToken);
        await using var simulator = await NapterSimulator.StartAsync(new SimulatorOptions { Sims = [new SimulatedSimOptions { RootPath = remote.Path }] });
        await using var front = new CompanyProxyTests.TlsFront(simulator.ApiEndPoint.Port, authority.Issue("localhost"));
        await File.WriteAllTextAsync(
            state.File("roots.pem"), await File.ReadAllTextAsync(simulator.TrustedRootPath, TestContext.Current.CancellationToken) + "\n" + authority.Root.ExportCertificatePem(), TestContext.Current.CancellationToken);

        // 198.18.0.0/15 is for measuring networks (RFC 2544).
        var name = string.Create(CultureInfo.InvariantCulture, $"nfs{Environment.ProcessId % 100_000}x{Random.Shared.Next(100)}");
        var net = string.Create(CultureInfo.InvariantCulture, $"198.19.{Random.Shared.Next(256)}.");
        try
        {
            await RunAsync(
                $"""
                set -e
                ip netns add {name}
                ip -n {name} link set lo up
                ip link add {name} type veth peer name way netns {name}
                ip addr add {net}1/30 dev {name}
                ip link set {name} up
                ip -n {name} addr add {net}2/30 dev way
                ip -n {name} link set way up
                """);
            await using var proxy = await CompanyProxy.StartAsync(kind, login: true, listen: IPAddress.Parse(net + "1"));
            using var other = new TcpListener(IPAddress.Parse(net + "1"), 0);
            other.Start();
            await RunAsync(string.Create(CultureInfo.InvariantCulture, $$"""
                ip netns exec {{name}} nft -f - <<'X'
                table inet sealed {
                chain out { type filter hook output priority 0; policy drop; oif "lo" accept; tcp dport {{proxy.Address.Port}} accept; meta l4proto tcp reject with tcp reset; }
                }
                X
                """));

            var inside = await ProcessRunner.RunAsync(
                new ProcessCommand("ip", [
                    "netns", "exec", name, Environment.ProcessPath!, .. ThisProgram(),
                    "-noColor", "-explicit", "only", "-method", $"{typeof(SealedNetworkTests).FullName}.{nameof(Inside)}"])
                {
                    Environment = new Dictionary<string, string>
                    {
                        [Prefix + "PROXY"] = proxy.Address.OriginalString,
                        [Prefix + "ENDPOINT"] = front.EndPoint.OriginalString,
                        [Prefix + "KEY"] = simulator.AuthKeyId + " " + simulator.AuthKey,
                        [Prefix + "IMSI"] = simulator.Imsi,
                        [Prefix + "REMOTE"] = remote.Path,
                        [Prefix + "ROOTS"] = state.File("roots.pem"),
                        [Prefix + "OTHER"] = other.LocalEndpoint.ToString()!,
                    },
                },
                s_limit,
                TestContext.Current.CancellationToken);

            Assert.True(inside.Succeeded, inside.ToString());
            Assert.Equal(content, await File.ReadAllBytesAsync(remote.File("up/data.bin"), TestContext.Current.CancellationToken));
            Assert.Empty(simulator.PortMappings);
        }
        finally
        {
            await ProcessRunner.RunAsync(new ProcessCommand("ip", "netns", "del", name), s_limit, CancellationToken.None);
        }
    }

    /// <summary>The work itself, in a process of its own within the namespace.</summary>
    [Fact(Explicit = true)]
    public async Task Inside()
    {
        // Nothing else leads out: otherwise the rest would show nothing.
        using (var direct = new TcpClient())
        {
            await Assert.ThrowsAsync<SocketException>(() => direct.ConnectAsync(IPEndPoint.Parse(Variable("OTHER"))));
        }

        await AskStoreAsync();
        using var local = new ScratchFolder();
        var key = Variable("KEY").Split(' ');
        await using var connection = await NapterConnection.ConnectAsync(
            new NapterConnectionOptions
            {
                Credential = new SoracomCredential.AuthKey(key[0], new NetworkCredential("", key[1]).SecurePassword),
                Endpoint = new Uri(Variable("ENDPOINT")),
                TrustedRootPath = Variable("ROOTS"),
                JournalFolder = local.Folder("journal"),
                Proxy = new Uri(Variable("PROXY")),
                ProxyCredential = new NetworkCredential(CompanyProxy.User, CompanyProxy.Password),
            },
            TestContext.Current.CancellationToken);
        await CompanyProxyTests.UseAsync(connection, Variable("IMSI"), Variable("REMOTE"), local.Folder("pulled"));
        await connection.DisconnectAsync();
    }

    // The database's driver may be the first in a process to ask .NET for a login of this kind.
    private static async Task AskStoreAsync()
    {
        using var database = new TcpListener(IPAddress.Loopback, 0);
        database.Start();
        var address = StoreAddress.Parse($"Host=127.0.0.1;Port={((IPEndPoint)database.LocalEndpoint).Port};Username=napter;SSL Mode=Disable", null, null, path => path);
        await using var source = StoreDialect.For(address).Open(create: false);
        var asking = source.OpenConnectionAsync(TestContext.Current.CancellationToken).AsTask();
        using (await database.AcceptSocketAsync(TestContext.Current.CancellationToken))
        {
            // Has come, and is sent away.
        }

        await Assert.ThrowsAnyAsync<Exception>(() => asking);
    }

    private static string Variable(string name) => Environment.GetEnvironmentVariable(Prefix + name)!;

    // Started by dotnet or by itself.
    private static IEnumerable<string> ThisProgram() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? ["exec", typeof(SealedNetworkTests).Assembly.Location] : [];

    private static async Task RunAsync(string script)
    {
        var result = await ProcessRunner.RunAsync(new ProcessCommand("/bin/sh", "-c", script), s_limit, CancellationToken.None);
        Assert.True(result.Succeeded, result.ToString());
    }
}
