namespace NapterFtp.Core.Tests;

public sealed class DeviceTargetTests
{
    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    [InlineData("0010100000000012")]
    [InlineData("00101000000000x")]
    public void An_imsi_that_is_not_6_to_15_digits_is_refused_with_advice(string imsi)
    {
        var error = Assert.Throws<NapterFtpException>(() => DeviceTarget.FromImsi(imsi));
        Assert.Equal("InvalidImsi", error.ErrorId);
        Assert.Contains("-SimId", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Which_session_of_a_sim_is_reached_is_left_open_unless_told()
    {
        Assert.Null(DeviceTarget.FromSimId("8981100000000000001").Service);
        Assert.Equal(SimService.Arc, DeviceTarget.FromSimId("8981100000000000001", SimService.Arc).Service);
    }
}
