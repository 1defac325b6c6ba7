using System.Net;
using NapterFtp.Ftp;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class PassiveReplyTests
{
    [Theory]
    [InlineData("227 Entering Passive Mode (10,128,0,5,156,64).\r\n")]
    [InlineData("227 Entering Passive Mode 10,128,0,5,156,64\r\n")]
    [InlineData("227 =10,128,0,5,156,64\r\n")]
    [InlineData("227 10,128,0,5,156,64\r\n")]
    [InlineData("227 Entering Passive Mode. () 10,128,0,5,156,64\r\n")]
    [InlineData("227 Entering Passive Mode ( 10, 128, 0, 5, 156 ,64 )\r\n")]
    [InlineData("227 Passive mode v2 for 3 users, port 7: (010,128,000,005,156,064)\r\n")]
    [InlineData("227-Entering Passive Mode\r\n (10,128,0,5,156,64)\r\n227 OK\r\n")]
    [InlineData("227-Entering Passive Mode\r\n227 (10,128,0,5,156,64)\r\n")]
    [InlineData("227-(10,128,0,5,156,64)\r\n227\r\n")]
    [InlineData("229 Entering Passive Mode (10,128,0,5,156,64)\r\n")]
    public void Six_numbers_anywhere_after_the_code_are_an_address(string sent)
    {
        Assert.True(PassiveReply.TryParse(Reply(sent), out var address));
        Assert.Equal(new PassiveAddress(IPAddress.Parse("10.128.0.5"), 40000), address);
    }

    [Theory]
    [InlineData("229 Entering Extended Passive Mode (|||40000|)\r\n")]
    [InlineData("229 Entering Extended Passive Mode (|||40000|).\r\n")]
    [InlineData("229 (!!!40000!)\r\n")]
    [InlineData("229 (11140000" + "1)\r\n")]
    [InlineData("229 Mode (extended) (|||40000|)\r\n")]
    [InlineData("229 Mode (|1|10.128.0.5|40000|)\r\n")]
    [InlineData("229 Mode (|||40000)\r\n")]
    [InlineData("229 Mode (|||40000|\r\n")]
    [InlineData("229-Mode\r\n (|||40000|)\r\n229 End\r\n")]
    [InlineData("227 Entering Extended Passive Mode (|||40000|)\r\n")]
    public void A_port_between_any_delimiters_in_parentheses_is_an_extended_address(string sent)
    {
        Assert.True(PassiveReply.TryParse(Reply(sent), out var address));
        Assert.Equal(new PassiveAddress(null, 40000), address);
    }

    [Theory]
    [InlineData("227 Entering Passive Mode\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("227 Entering Passive Mode (10,128,0,5,156)\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("227 Entering Passive Mode (10,128,0,5,,64)\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("227\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("229 Entering Extended Passive Mode\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("229 ()\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("229 (||||)\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("229 (|||x|)\r\n", (int)PassiveReplyFault.NotUnderstood)]
    [InlineData("227 (10,128,0,5,0,0)\r\n", (int)PassiveReplyFault.OutOfRange)]
    [InlineData("227 (10,128,0,5,156,256)\r\n", (int)PassiveReplyFault.OutOfRange)]
    [InlineData("227 (10,128,0,5,99999999999999999999,1)\r\n", (int)PassiveReplyFault.OutOfRange)]
    [InlineData("229 (|||0|)\r\n", (int)PassiveReplyFault.OutOfRange)]
    [InlineData("229 (|||65536|)\r\n", (int)PassiveReplyFault.OutOfRange)]
    [InlineData("200 (10,128,0,5,156,64)\r\n", (int)PassiveReplyFault.NotPassive)]
    [InlineData("500 EPSV not understood\r\n", (int)PassiveReplyFault.NotPassive)]
    public void What_names_no_usable_port_says_why(string sent, int fault)
    {
        Assert.False(PassiveReply.TryParse(Reply(sent), out _, out var actual));
        Assert.Equal((PassiveReplyFault)fault, actual);
    }

    [Fact]
    public void A_privileged_port_is_left_to_the_caller()
    {
        Assert.True(PassiveReply.TryParse(Reply("227 (10,0,0,1,0,21)\r\n"), out var address));
        Assert.Equal(21, address.Port);
    }

    [Fact]
    public void Passive_replies_are_written_in_the_form_the_strictest_clients_match()
    {
        Assert.Equal("227 Entering Passive Mode (192,168,1,2,195,80).\r\n", Latin1(PassiveReply.Format227(IPAddress.Parse("192.168.1.2"), 50000)));
        Assert.Equal("227 Entering Passive Mode (127,0,0,1,0,21).\r\n", Latin1(PassiveReply.Format227(IPAddress.Parse("::ffff:127.0.0.1"), 21)));
        Assert.Equal("229 Entering Extended Passive Mode (|||50000|)\r\n", Latin1(PassiveReply.Format229(50000)));
    }
}
