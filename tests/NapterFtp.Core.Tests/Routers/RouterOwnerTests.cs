using NapterFtp.Ftp;
using NapterFtp.Routers;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>Whose rules are left over, and what a user has trusted.</summary>
public sealed class RouterOwnerTests
{
    [Fact]
    public void An_owner_has_gone_once_its_process_lets_go_of_its_file_or_its_time_is_up()
    {
        using var folder = new ScratchFolder();
        using var me = new RouterOwner(folder.Path);
        using var other = new RouterOwner(folder.Path);
        Assert.False(me.HasGone(other.Id, expires: 100, now: 50));
        Assert.True(me.HasGone(other.Id, expires: 100, now: 101));
        other.Dispose();
        Assert.True(me.HasGone(other.Id, expires: 100, now: 50));
        Assert.False(me.HasGone(me.Id, expires: 100, now: 101));
    }

    [Fact]
    public void An_owner_on_another_computer_has_gone_only_when_its_time_is_up()
    {
        using var folder = new ScratchFolder();
        using var me = new RouterOwner(folder.Path);
        Assert.False(me.HasGone("fedcba9876543210", expires: 100, now: 100));
        Assert.True(me.HasGone("fedcba9876543210", expires: 100, now: 101));
    }

    [Fact]
    public void A_host_key_that_was_trusted_is_known_to_the_next_process_for_that_router_alone()
    {
        using var folder = new ScratchFolder();
        var router = DeviceTarget.FromImsi("001010000000001");
        new KnownRouters(folder.Path).Trust(router, 22, "SHA256:x");
        var later = new KnownRouters(folder.Path);
        Assert.Equal("SHA256:x", later.Find(router, 22));
        Assert.Null(later.Find(router, 2222));
        Assert.Null(later.Find(DeviceTarget.FromImsi("001010000000002"), 22));
    }

    [Fact]
    public void A_device_behind_a_router_is_the_SIM_its_address_there_and_its_own_port()
    {
        var sim = DeviceTarget.FromSimId("8981100000000000001");
        var router = new NapterRouter(sim, System.Net.IPAddress.Parse("192.168.1.20"), new RouterLogin("root", null, null, null));
        var key = DeviceKey.For(sim, 21, DevicePortMap.Behind(router));
        Assert.Equal(new DeviceKey("8981100000000000001", SimService.Air, "192.168.1.20", 21), key);
        Assert.NotEqual(DeviceKey.For(sim, 21), key);
    }
}
