using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Core.Tests.Relay;

public sealed class DataModeTests
{
    [Theory]
    [InlineData("500 What?\r\n")]
    [InlineData("502 Not implemented.\r\n")]
    [InlineData("510 Unknown command.\r\n")]
    [InlineData("425 Cannot.\r\n")]
    [InlineData("229 Entering Extended Passive Mode ()\r\n")]
    public async Task A_device_without_EPSV_is_asked_with_PASV_and_remembered(string answer)
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync(line.StartsWith("EPSV", StringComparison.Ordinal) ? answer : session.ListenForPasv());
        using var client = await bench.StartAsync();
        Assert.StartsWith("229 ", await client.AskAsync("EPSV"), StringComparison.Ordinal);
        Assert.StartsWith("229 ", await client.AskAsync("EPSV"), StringComparison.Ordinal);
        Assert.Equal(["EPSV\r\n", "PASV\r\n", "PASV\r\n"], bench.Device.Received);
    }

    [Fact]
    public async Task A_device_without_PASV_is_asked_with_EPSV()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync(line.StartsWith("PASV", StringComparison.Ordinal) ? "502 No.\r\n" : session.ListenForEpsv());
        using var client = await bench.StartAsync();
        Assert.StartsWith("227 ", await client.AskAsync("PASV"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_device_that_refuses_both_ways_has_its_own_refusal_passed_on()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, _) => session.SendAsync("502 No passive mode.\r\n");
        using var client = await bench.StartAsync();
        Assert.Equal("502 No passive mode.\r\n", await client.AskAsync("EPSV"));
        Assert.Equal("502 No passive mode.\r\n", await client.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData("227 10,128,0,5,{0},{1}")]
    [InlineData("227 =10,128,0,5,{0},{1}")]
    [InlineData("227-Entering\r\n227 Passive Mode (10,128,0,5,{0},{1})")]
    [InlineData("227 Entering Passive Mode () 203,0,113,9,{0},{1} ok")]
    public async Task Odd_passive_replies_are_understood_and_their_host_ignored(string format)
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([9]));
        var byDefault = bench.Device.OnCommand;
        bench.Device.OnCommand = (session, line) =>
        {
            if (line != "PASV\r\n")
            {
                return byDefault(session, line);
            }

            var port = session.Listen();
            return session.SendAsync(string.Format(CultureInfo.InvariantCulture, format, port >> 8, port & 255) + "\r\n");
        };
        using var client = await bench.StartAsync();
        Assert.Equal([9], (await client.RetrieveAsync("RETR a")).Content);
    }

    [Fact]
    public async Task A_passive_reply_that_makes_no_sense_gives_425_and_the_session_goes_on()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync(line == "NOOP\r\n" ? "200 Ok.\r\n" : "227 Somewhere else.\r\n");
        using var client = await bench.StartAsync();
        Assert.StartsWith("425 The device's passive reply is not understood", await client.AskAsync("PASV"), StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_data_port_below_1024_is_refused_unless_allowed()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, _) => session.SendAsync("227 Entering Passive Mode (10,128,0,5,0,22)\r\n");
        using var client = await bench.StartAsync();
        Assert.StartsWith("425 The device announced data port 22", await client.AskAsync("PASV"), StringComparison.Ordinal);
        Assert.Equal(1, bench.Api.Creates);
    }

    [Theory]
    [InlineData("PORT")]
    [InlineData("EPRT")]
    public async Task An_active_client_is_served_by_a_passive_device(string verb)
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1, 2, 3]));
        using var client = await bench.StartAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var command = verb == "PORT"
            ? string.Create(CultureInfo.InvariantCulture, $"PORT 127,0,0,1,{port >> 8},{port & 255}")
            : string.Create(CultureInfo.InvariantCulture, $"EPRT |1|127.0.0.1|{port}|");
        Assert.Equal($"200 {verb} command successful.\r\n", await client.AskAsync(command));
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        using var data = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
        var content = new MemoryStream();
        await data.GetStream().CopyToAsync(content, TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], content.ToArray());
        Assert.Equal("226 Done.\r\n", await client.ReadLineAsync());
        await bench.DataPortsClosedAsync();
    }

    [Theory]
    [InlineData("PORT 127,0,0,9,200,1", "501 PORT to a foreign address")]
    [InlineData("PORT 127,0,0,1,0,80", "501 PORT to a privileged port")]
    [InlineData("EPRT |1|127.0.0.9|50000|", "501 EPRT to a foreign address")]
    [InlineData("EPRT |3|x|50000|", "522")]
    public async Task PORT_to_anybody_else_is_refused_without_asking_the_device(string command, string code)
    {
        await using var bench = new ProxyBench();
        using var client = await bench.StartAsync();
        Assert.StartsWith(code, await client.AskAsync(command), StringComparison.Ordinal);
        Assert.Empty(bench.Device.Received);
    }

    [Theory]
    [InlineData("PORT")]
    [InlineData("PORT 1,2,3")]
    [InlineData("EPRT |1|1.2.3.4.5|2048|")]
    [InlineData("LPRT 4,4,127,0,0,1,2,200,1")]
    [InlineData("PASV x")]
    public async Task An_argument_that_is_not_understood_is_refused_in_the_devices_own_words(string command)
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync(line == "NOOP\r\n" ? "200 Ok.\r\n" : $"501 Not that: {line}");
        using var client = await bench.StartAsync();
        Assert.Equal($"501 Not that: {command}\r\n", await client.AskAsync(command));
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Fact]
    public async Task A_PORT_that_only_the_device_understands_is_not_relied_upon()
    {
        await using var bench = new ProxyBench();
        using var client = await bench.StartAsync();
        Assert.Equal("501 PORT is not understood.\r\n", await client.AskAsync("PORT 127,0,0,1,200.1"));
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    [Theory]
    [InlineData("EPSV 1", "229 ")]
    [InlineData("EPSV 2", "522 Network protocol not supported, use (1)")]
    [InlineData("EPSV 3", "522 ")]
    public async Task EPSV_names_the_protocol_of_the_clients_own_connection(string command, string answer)
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([1]));
        using var client = await bench.StartAsync();
        Assert.StartsWith(answer, await client.AskAsync(command), StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_EPSV_ALL_only_EPSV_opens_data_connections()
    {
        await using var bench = new ProxyBench();
        bench.Device.OnCommand = (session, line) => session.SendAsync(line.StartsWith("EPSV", StringComparison.Ordinal) ? "502 No.\r\n" : session.ListenForPasv());
        using var client = await bench.StartAsync();
        Assert.StartsWith("200", await client.AskAsync("EPSV ALL"), StringComparison.Ordinal);
        Assert.StartsWith("503", await client.AskAsync("PASV"), StringComparison.Ordinal);
        Assert.StartsWith("503", await client.AskAsync("PORT 127,0,0,1,200,1"), StringComparison.Ordinal);
        Assert.StartsWith("229", await client.AskAsync("EPSV"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_host_at_the_data_port_is_turned_away_and_the_client_still_gets_its_data()
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendFileAsync([5]));
        using var client = await bench.StartAsync();
        var reply = await client.AskAsync("PASV");
        using var thief = await RawFtpClient.ConnectDataAsync(reply, from: "127.0.0.2");
        Assert.Equal(0, await thief.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        using var data = await RawFtpClient.ConnectDataAsync(reply);
        Assert.StartsWith("150", await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.Equal(5, data.GetStream().ReadByte());
        Assert.StartsWith("226", await client.ReadLineAsync(), StringComparison.Ordinal);
    }
}
