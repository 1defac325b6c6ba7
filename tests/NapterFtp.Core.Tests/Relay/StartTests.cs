using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Relay;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>What a proxy finds out before a client is the first to meet it.</summary>
public sealed class StartTests
{
    [Fact]
    public void The_data_ports_lie_below_what_every_system_gives_to_outgoing_connections() =>
        Assert.Equal(new PassivePortRange(20000, 20999), new FtpProxyOptions { Device = DeviceTarget.FromImsi("001010000000001") }.PassivePorts);

    [Fact]
    public async Task A_range_whose_data_ports_are_all_taken_fails_the_start_and_asks_SORACOM_for_nothing()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        await using var bench = new ProxyBench();
        bench.Options = bench.Options with { PassivePorts = new PassivePortRange(port, port) };
        var error = await Assert.ThrowsAsync<NapterFtpException>(bench.StartAsync);
        Assert.Equal("PassivePortsExhausted", error.ErrorId);
        Assert.Contains(port.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Api.Creates);
    }

    [Fact]
    public void A_port_that_the_system_keeps_back_is_passed_over_and_a_whole_block_of_them_is_named_with_where_to_look()
    {
        // As Windows refuses a port that Hyper-V has reserved.
        var refused = 0;
        var reserved = new PassivePortPool(new PassivePortRange(1, 3), TimeProvider.System, NullLogger.Instance, _ =>
        {
            refused++;
            throw new SocketException((int)SocketError.AccessDenied);
        });
        var error = Assert.Throws<NapterFtpException>(() => reserved.Try(IPAddress.Loopback));
        Assert.Equal(("PassivePortsExhausted", 3), (error.ErrorId, refused));
        Assert.Contains("keeps 3 of 3 back", error.Message, StringComparison.Ordinal);
        Assert.Contains("netsh int ipv4 show excludedportrange tcp", error.Advice, StringComparison.Ordinal);

        var port = FreePorts.One();
        var first = true;
        using var listener = new PassivePortPool(new PassivePortRange(port - 1, port), TimeProvider.System, NullLogger.Instance, family =>
        {
            var wasFirst = first;
            first = false;
            return wasFirst ? throw new SocketException((int)SocketError.AccessDenied) : new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        }).Listen(IPAddress.Loopback);
        Assert.Equal(port, listener.EndPoint.Port);
    }

    [Fact]
    public async Task A_range_too_small_for_the_sessions_is_told_at_the_start()
    {
        var port = FreePorts.One();
        await using var bench = new ProxyBench();
        bench.Options = bench.Options with { PassivePorts = new PassivePortRange(port, port) };
        using var client = await bench.StartAsync();
        Assert.Contains("holds 1 port(s)", Assert.Single(bench.Log.Warnings), StringComparison.Ordinal);
    }
}
