using System.Net;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Tests;

public sealed class EntryLifeTests : SimulatorFixture
{
    [Fact]
    public async Task Any_port_but_the_control_port_leads_to_the_same_number_on_the_device()
    {
        await StartAsync();
        using var data = new TestDevice();
        using var user = await SimulatorUser.ConnectAsync(await User.CreateAsync(data.EndPoint.Port, tls: false));
        using var viaData = await data.AcceptAsync();

        using var other = await SimulatorUser.ConnectAsync(await User.CreateAsync(Device.EndPoint.Port, tls: false));
        using var viaControl = await Device.AcceptAsync();
        Assert.Equal([false, true], Simulator.PortMappings.Select(entry => entry.IsControl));
    }

    [Fact]
    public async Task An_address_outside_the_ranges_is_never_answered_and_audited()
    {
        await StartAsync();
        var entry = await User.CreateAsync(ranges: ["203.0.113.0/24"]);

        using var socket = await SimulatorUser.ConnectAsync(entry);
        await AuditedAsync("DENIED");

        Assert.False(socket.Poll(TimeSpan.Zero, SelectMode.SelectRead));
        Assert.Equal(0, Simulator.Counters.Connections);
    }

    [Theory]
    [InlineData(ClosedEntryBehaviour.Silent)]
    [InlineData(ClosedEntryBehaviour.Refuse)]
    public async Task After_its_deletion_an_entry_lets_nobody_in_but_live_connections_go_on(ClosedEntryBehaviour behaviour)
    {
        await StartAsync(new() { AfterDelete = behaviour, Sims = Sims, TimeProvider = Time });
        var entry = await User.CreateAsync(tls: false);
        using var live = await SimulatorUser.ConnectAsync(entry);
        using var device = await Device.AcceptAsync();

        Assert.Equal(HttpStatusCode.NoContent, (await User.DeleteAsync(entry)).StatusCode);
        if (behaviour == ClosedEntryBehaviour.Refuse)
        {
            await RefusedAsync(entry);
        }
        else
        {
            using var silent = await SimulatorUser.ConnectAsync(entry);
            await AuditedAsync("DENIED");
            Assert.False(silent.Poll(TimeSpan.Zero, SelectMode.SelectRead));
        }

        await device.SendAsync("x"u8.ToArray(), Limit.Token);
        Assert.Equal(1, await live.ReceiveAsync(new byte[1], Limit.Token));
        Assert.Equal(HttpStatusCode.NotFound, (await User.DeleteAsync(entry)).StatusCode);
    }

    [Fact]
    public async Task The_silence_after_a_deletion_ends_with_its_time()
    {
        await StartAsync(new() { Sims = Sims, TimeProvider = Time });
        var entry = await User.CreateAsync(tls: false);
        await User.DeleteAsync(entry);
        using var silent = await SimulatorUser.ConnectAsync(entry);
        await AuditedAsync("DENIED");

        Time.Advance(TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<SocketException>(() => silent.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        await RefusedAsync(entry);
    }

    [Fact]
    public async Task A_deletion_cuts_live_connections_where_told_to()
    {
        await StartAsync(new() { CutAtDelete = true, Sims = Sims });
        var entry = await User.CreateAsync(tls: false);
        using var live = await SimulatorUser.ConnectAsync(entry);
        using var device = await Device.AcceptAsync();
        await AuditedAsync("CONNECTED");

        await User.DeleteAsync(entry);

        await Assert.ThrowsAsync<SocketException>(() => live.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        await Assert.ThrowsAsync<SocketException>(() => device.ReceiveAsync(new byte[1], Limit.Token).AsTask());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_entry_ends_by_itself_and_cuts_its_connections_where_told_to(bool cut)
    {
        await StartAsync(new() { CutAtExpiry = cut, Sims = Sims, TimeProvider = Time });
        var entry = await User.CreateAsync(duration: 60, tls: false);
        using var live = await SimulatorUser.ConnectAsync(entry);
        using var device = await Device.AcceptAsync();
        await AuditedAsync("CONNECTED");

        Time.Advance(TimeSpan.FromSeconds(60));

        Assert.Empty(Simulator.PortMappings);
        Assert.Contains("EXPIRED", await AuditTypesAsync());
        if (cut)
        {
            await Assert.ThrowsAsync<SocketException>(() => live.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        }
        else
        {
            await device.SendAsync("x"u8.ToArray(), Limit.Token);
            Assert.Equal(1, await live.ReceiveAsync(new byte[1], Limit.Token));
        }
    }

    [Theory]
    [InlineData(UnreachableBehaviour.Reset)]
    [InlineData(UnreachableBehaviour.Close)]
    public async Task A_device_that_is_offline_ends_the_connection_as_set(UnreachableBehaviour behaviour)
    {
        await StartAsync(new() { DeviceUnreachable = behaviour, DeviceOffline = OfflineBehaviour.ConnectFails, Sims = Sims });
        Simulator.Sims[0].Online = false;
        var entry = await User.CreateAsync(tls: false);

        if (behaviour == UnreachableBehaviour.Close)
        {
            Assert.Equal(0, await ReceiveAsync());
        }
        else
        {
            await Assert.ThrowsAsync<SocketException>(ReceiveAsync);
        }

        async Task<int> ReceiveAsync()
        {
            using var user = await SimulatorUser.ConnectAsync(entry);
            return await user.ReceiveAsync(new byte[1], Limit.Token);
        }
    }

    [Fact]
    public async Task The_audit_log_tells_the_life_of_an_entry_newest_first()
    {
        await StartAsync();
        var entry = await User.CreateAsync(tls: false);
        using (var user = await SimulatorUser.ConnectAsync(entry))
        using (await Device.AcceptAsync())
        {
            await AuditedAsync("CONNECTED");
        }

        await AuditedAsync("CLOSED");
        await User.DeleteAsync(entry);

        Assert.Equal(["DELETED", "CLOSED", "CONNECTED", "ACCESS", "CREATED"], await AuditTypesAsync());
    }

    [Fact]
    public async Task Too_many_connections_in_a_short_time_are_refused()
    {
        await StartAsync(new() { AbuseLimit = 2, Sims = Sims });
        var entry = await User.CreateAsync(tls: false);
        using var first = await SimulatorUser.ConnectAsync(entry);
        using var second = await SimulatorUser.ConnectAsync(entry);
        using var deviceFirst = await Device.AcceptAsync();
        using var deviceSecond = await Device.AcceptAsync();

        await Assert.ThrowsAsync<SocketException>(async () =>
        {
            using var third = await SimulatorUser.ConnectAsync(entry);
            await third.ReceiveAsync(new byte[1], Limit.Token);
        });

        Assert.Contains("REFUSED", await AuditTypesAsync());
    }

    [Fact]
    public async Task Disposing_of_the_simulator_ends_everything_and_leaves_no_file()
    {
        await StartAsync();
        using var user = await SimulatorUser.ConnectAsync(await User.CreateAsync(tls: false));
        using var device = await Device.AcceptAsync();
        var folder = Path.GetDirectoryName(Simulator.TrustedRootPath)!;

        await Simulator.DisposeAsync().AsTask().Soon();

        await Assert.ThrowsAsync<SocketException>(() => user.ReceiveAsync(new byte[1], Limit.Token).AsTask());
        Assert.False(Directory.Exists(folder));
    }
}
