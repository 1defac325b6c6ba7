using NapterFtp.Ftp;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class FeatReplyTests
{
    private const string Usual =
        "211-Features:\r\n AUTH TLS\r\n AUTH SSL\r\n EPSV\r\n MLST type*;size*;modify*;\r\n PBSZ\r\n PROT\r\n REST STREAM\r\n UTF8\r\n211 End\r\n";

    [Fact]
    public void Features_are_known_by_name_with_their_parameters()
    {
        var feat = FeatReply.Parse(Reply(Usual));
        Assert.True(feat.Has("epsv"));
        Assert.False(feat.Has("SIZE"));
        Assert.Equal(["TLS", "SSL"], feat.Parameters("AUTH"));
        Assert.Equal(["type*;size*;modify*;"], feat.Parameters("MLST"));
        Assert.Empty(feat.Parameters("SIZE"));
    }

    [Theory]
    [InlineData("211-Features:\r\n211-SIZE\r\n211-MDTM\r\n211 End\r\n")]
    [InlineData("211-Features:\nSIZE\nMDTM\n211 End\n")]
    [InlineData("211-Features:\r\n\tSIZE\r\n  MDTM\r\n\r\n211\r\n")]
    public void Odd_forms_are_read_too(string sent)
    {
        Assert.Equal(["SIZE", "MDTM"], FeatReply.Parse(Reply(sent)).Names);
    }

    [Theory]
    [InlineData("211 No features\r\n")]
    [InlineData("211-Features:\r\n211 End\r\n")]
    [InlineData("502 Not implemented\r\n")]
    [InlineData("500-What\r\n SIZE\r\n500 No\r\n")]
    public void A_device_without_features_has_none(string sent)
    {
        Assert.Empty(FeatReply.Parse(Reply(sent)).Names);
    }

    [Theory]
    [InlineData(Usual, "211-Features:\r\n EPSV\r\n MLST type*;size*;modify*;\r\n REST STREAM\r\n UTF8\r\n211 End\r\n")]
    [InlineData("211-Features:\n auth TLS;SSL\n SIZE\n211 End\n", "211-Features:\n SIZE\n211 End\n")]
    [InlineData("211-F\r\n211-AUTH TLS\r\n211-\x83\x5C\r\n211 End\r\n", "211-F\r\n211-\x83\x5C\r\n211 End\r\n")]
    [InlineData("211-F\r\n AUTHORITY\r\n211 End\r\n", "211-F\r\n AUTHORITY\r\n211 End\r\n")]
    [InlineData("211-F\r\n AUTH TLS\r\n211 End\r\n", "211 No features\r\n")]
    [InlineData("211-F\r\n211 End\r\n", "211-F\r\n211 End\r\n")]
    [InlineData("211 None\r\n", "211 None\r\n")]
    [InlineData("502 What?\r\n", "502 What?\r\n")]
    public void Hidden_features_disappear_and_all_else_keeps_its_bytes(string sent, string expected)
    {
        Assert.Equal(expected, Latin1(FeatReply.Rewrite(Reply(sent), ["AUTH", "PBSZ", "PROT"], []).Raw));
    }

    [Theory]
    [InlineData("211-F\r\n SIZE\r\n211 End\r\n", "211-F\r\n SIZE\r\n AUTH TLS\r\n PBSZ\r\n211 End\r\n")]
    [InlineData("211-F\r\n211 End\r\n", "211-F\r\n AUTH TLS\r\n PBSZ\r\n211 End\r\n")]
    [InlineData("211 None\r\n", "211-Features:\r\n AUTH TLS\r\n PBSZ\r\n211 End\r\n")]
    [InlineData("502 What?\r\n", "502 What?\r\n")]
    public void Added_features_come_last(string sent, string expected)
    {
        Assert.Equal(expected, Latin1(FeatReply.Rewrite(Reply(sent), [], ["AUTH TLS", "PBSZ"]).Raw));
    }
}
