using NapterFtp.Ftp;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class DevicePortMapTests
{
    [Theory]
    [InlineData("21=2121", 21, 2121)]
    [InlineData("21=2121", 22, 22)]
    [InlineData("21=2121", 20, 20)]
    [InlineData("40000-40030=50000-50030", 40000, 50000)]
    [InlineData("40000-40030=50000-50030", 40017, 50017)]
    [InlineData("40000-40030=50000-50030", 40030, 50030)]
    [InlineData("40000-40030=50000-50030", 40031, 40031)]
    [InlineData("40000-40030=50000-50030", 39999, 39999)]
    [InlineData("21=2121,40000-40030=50000-50030", 40001, 50001)]
    [InlineData(" 21 = 2121 , 40000 - 40030 = 50000 - 50030 ", 40001, 50001)]
    [InlineData("1=65535", 1, 65535)]
    [InlineData("1024-65535=1024-65535", 30000, 30000)]
    [InlineData("40000-40010=40005-40015", 40010, 40015)]
    [InlineData("21=2121,2121=21", 2121, 21)]
    [InlineData("40000-40000=50000", 40000, 50000)]
    [InlineData("", 21, 21)]
    public void A_port_of_the_device_is_reached_at_the_routers(string map, int device, int router) =>
        Assert.Equal(router, DevicePortMap.Parse([map]).ToRouter(device));

    [Theory]
    [InlineData("21", "form device=router")]
    [InlineData("21=2121=3", "form device=router")]
    [InlineData("=2121", "'' is neither a port nor a range of the device")]
    [InlineData("21=", "'' is neither a port nor a range of the router")]
    [InlineData("0=2121", "'0' of the device is no port")]
    [InlineData("21=65536", "'65536' of the router is no port")]
    [InlineData("21=+5", "'+5' of the router is no port")]
    [InlineData("ftp=2121", "'ftp' of the device is no port")]
    [InlineData("40000-=50000-50030", "'' of the device is no port")]
    [InlineData("1-2-3=4-6", "'1-2-3' is neither a port nor a range of the device")]
    [InlineData("40030-40000=50000-50030", "the device's range 40030-40000 ends before it begins")]
    [InlineData("40000-40030=50000-50031", "the device has 31 ports there, the router 32")]
    [InlineData("40000-40030=50000", "the device has 31 ports there, the router 1")]
    [InlineData("40000-40030=50000-50030,40030-40040=51000-51010", "the device's port 40030 is in '40000-40030=50000-50030' too")]
    [InlineData("40000-40030=50000-50030,41000-41010=50030-50040", "the router's port 50030 is in '40000-40030=50000-50030' too")]
    [InlineData("21=2121,21=2122", "the device's port 21 is in '21=2121' too")]
    [InlineData("21=2121,22=2121", "the router's port 2121 is in '21=2121' too")]
    public void A_map_that_says_nothing_clear_is_refused_with_what_is_wrong(string map, string why)
    {
        var error = Assert.Throws<NapterFtpException>(() => DevicePortMap.Parse([map]));

        Assert.Equal("InvalidDevicePortMap", error.ErrorId);
        Assert.Equal(NapterFtpErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Advice!);
    }

    [Theory]
    [InlineData("40000-40010=50000-50010", 50003, 40003)]
    [InlineData("40000-40010=50000-50010", 40003, null)]
    [InlineData("40000-40010=50000-50010", 51000, null)]
    [InlineData("40000-40010=40005-40015", 40012, 40007)]
    [InlineData("40000-40010=40005-40015", 40007, null)]
    public void A_port_whose_number_the_router_uses_for_another_is_known_to_be_out_of_reach(string map, int port, int? other) =>
        Assert.Equal(other, DevicePortMap.Parse([map]).TakenFor(port));

    [Fact]
    public void Maps_that_say_the_same_are_the_same_and_are_written_as_they_are_read()
    {
        var map = DevicePortMap.Parse(["40000-40030=50000-50030", null, "", " 21=2121"]);

        Assert.Equal("21=2121,40000-40030=50000-50030", map.ToString());
        Assert.Equal(map, DevicePortMap.Parse([map.ToString()]));
        Assert.Equal(map.GetHashCode(), DevicePortMap.Parse([map.ToString()]).GetHashCode());
        Assert.NotEqual(map, DevicePortMap.Parse(["21=2122,40000-40030=50000-50030"]));
        Assert.NotEqual(map, DevicePortMap.None);
        Assert.Same(DevicePortMap.None, DevicePortMap.Parse(null));
    }

    [Fact]
    public void Messages_name_the_routers_port_where_it_is_another()
    {
        var map = DevicePortMap.Parse(["21=2121"]);
        var device = DeviceTarget.FromImsi("001010000000001");

        Assert.Equal("21 (the router's 2121)", map.Describe(21));
        Assert.Equal("80", map.Describe(80));
        Assert.Equal("001010000000001:21=2121", map.Label(device, 21));
        Assert.Equal("001010000000001:80", map.Label(device, 80));
    }

    [Fact]
    public void Devices_behind_one_SIM_are_told_apart_by_the_port_at_which_they_are_reached()
    {
        var device = DeviceTarget.FromImsi("001010000000001");

        Assert.NotEqual(
            DeviceKey.For(device, 21, DevicePortMap.Parse(["21=2121"])), DeviceKey.For(device, 21, DevicePortMap.Parse(["21=2122"])));
        Assert.Equal(
            DeviceKey.For(device, 21, DevicePortMap.Parse(["21=2121"])), DeviceKey.For(device, 2121, DevicePortMap.None));
    }
}
