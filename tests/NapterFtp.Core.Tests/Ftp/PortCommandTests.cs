using System.Net;
using NapterFtp.Ftp;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class PortCommandTests
{
    [Theory]
    [InlineData("127,0,0,1,195,80", "127.0.0.1:50000")]
    [InlineData(" 127, 0, 0, 1, 195, 80 ", "127.0.0.1:50000")]
    [InlineData("127,0,0,1,0,0", "127.0.0.1:0")]
    [InlineData("127,0,0,1,195", null)]
    [InlineData("127,0,0,1,195,80,1", null)]
    [InlineData("127,0,0,1,195,256", null)]
    [InlineData("127.0.0.1,195,80", null)]
    [InlineData("(127,0,0,1,195,80)", null)]
    [InlineData("-1,0,0,1,195,80", null)]
    [InlineData("", null)]
    public void Port_takes_six_numbers(string argument, string? endPoint)
    {
        Assert.Equal(endPoint is not null, PortCommand.TryParsePort(Bytes(argument), out var actual));
        if (endPoint is not null)
        {
            Assert.Equal(IPEndPoint.Parse(endPoint), actual);
        }
    }

    [Theory]
    [InlineData("|1|132.235.1.2|6275|", "132.235.1.2:6275")]
    [InlineData("|2|1080::8:800:200C:417A|5282|", "[1080::8:800:200C:417A]:5282")]
    [InlineData("!1!132.235.1.2!6275!", "132.235.1.2:6275")]
    [InlineData("|1|132.235.1.2|65536|", null)]
    [InlineData("|1|132.235.1.2||", null)]
    [InlineData("|1|132.235.1|6275|", null)]
    [InlineData("|1|0132.235.1.2|6275|", null)]
    [InlineData("|1|::1|6275|", null)]
    [InlineData("|2|127.0.0.1|6275|", null)]
    [InlineData("|2|fe80::1%lo|6275|", null)]
    [InlineData("|2|[::1]|6275|", null)]
    [InlineData("|1|132.235.1.2|6275", null)]
    [InlineData("1|132.235.1.2|6275|", null)]
    [InlineData("|1|132.235.1.2|6275|7|", null)]
    [InlineData("|", null)]
    [InlineData("||", null)]
    [InlineData("||||", null)]
    [InlineData("", null)]
    public void Eprt_takes_protocol_address_and_port(string argument, string? endPoint)
    {
        Assert.Equal(endPoint is not null, PortCommand.TryParseEprt(Bytes(argument), out var actual, out var unknownProtocol));
        Assert.False(unknownProtocol);
        if (endPoint is not null)
        {
            Assert.Equal(IPEndPoint.Parse(endPoint), actual);
        }
    }

    [Fact]
    public void Eprt_of_another_protocol_is_told_apart_from_nonsense()
    {
        Assert.False(PortCommand.TryParseEprt("|3|x|6275|"u8, out _, out var unknownProtocol));
        Assert.True(unknownProtocol);
    }
}
