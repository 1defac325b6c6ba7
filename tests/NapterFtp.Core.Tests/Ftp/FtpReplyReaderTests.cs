using NapterFtp.Ftp;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class FtpReplyReaderTests
{
    [Theory]
    [InlineData("220 Ready\r\n", 220)]
    [InlineData("220 Ready\n", 220)]
    [InlineData("220 Ready\r\r\n", 220)]
    [InlineData("226\r\n", 226)]
    [InlineData("226 \r\n", 226)]
    [InlineData("226\n", 226)]
    [InlineData("220\tReady\r\n", 220)]
    [InlineData("220:Ready\r\n", 220)]
    [InlineData("226\0\r\n", 226)]
    [InlineData("220 half\rdone\r\n", 220)]
    [InlineData("220 a\0b\xFF\x83\x5C\r\n", 220)]
    [InlineData("220-Hello\r\n220 Ready\r\n", 220)]
    [InlineData("220-\r\n220\r\n", 220)]
    [InlineData("220-Hello\r\n220-and welcome\r\n220 Ready\r\n", 220)]
    [InlineData("220-Hello\r\n 220 indented\r\n220 Ready\r\n", 220)]
    [InlineData("220-Hello\r\n331 users\r\n2200 files\r\n220.18.0.1 is your address\r\n220 Ready\r\n", 220)]
    [InlineData("220-Hello\r\n230-nested\r\n230 nested\r\n220 Ready\r\n", 220)]
    [InlineData("211-Features:\n SIZE\n211 End\n", 211)]
    [InlineData("226-Done\r\n226\r\n", 226)]
    [InlineData("227-Entering Passive Mode\r\n (10,128,0,5,156,64)\r\n227 OK\r\n", 227)]
    [InlineData("\r\n", 0)]
    [InlineData("Welcome\r\n", 0)]
    [InlineData(" 220 indented\r\n", 0)]
    [InlineData("22 short\r\n", 0)]
    [InlineData("2200 files\r\n", 0)]
    [InlineData("000 no code\r\n", 0)]
    public void A_reply_of_any_shape_is_read_whole_with_its_exact_bytes(string sent, int code)
    {
        var reply = Reply(sent);
        Assert.Equal(code, reply.Code);
        Assert.Equal(sent, Latin1(reply.Raw));
    }

    [Theory]
    [InlineData("220 Ready\r")]
    [InlineData("220 Ready")]
    [InlineData("220-Hello\r\n")]
    [InlineData("220-Hello\r\n221 Bye\r\n")]
    [InlineData("220-Hello\r\n220-Ready\r\n")]
    public void An_unfinished_reply_waits_for_more(string sent)
    {
        Assert.Empty(Replies(sent));
    }

    [Fact]
    public void Replies_that_arrive_together_are_read_one_by_one()
    {
        var replies = Replies("150 Opening\r\n226-Done\r\n226 Bye\r\nnoise\r\n200 OK\r\n");
        Assert.Equal([150, 226, 0, 200], replies.Select(reply => reply.Code));
    }

    [Theory]
    [InlineData("\n\r")]
    [InlineData("\r\n\0")]
    [InlineData("\0\r\n")]
    public void Replies_whose_lines_end_oddly_are_read_and_passed_on_as_clients_want_them(string end)
    {
        var replies = Replies($"220-Hello{end}220 Ready{end}331 Password?{end}227 Entering Passive Mode (10,128,0,5,156,64).{end}211-Features:{end} SIZE{end} MLST type*;{end}211 End{end}");

        Assert.Equal([220, 331, 227, 211], replies.Select(reply => reply.Code));
        Assert.Equal("220 Hello Ready", replies[0].Text);
        Assert.True(PassiveReply.TryParse(replies[2], out var address));
        Assert.Equal(40000, address.Port);
        Assert.Equal(["MLST", "SIZE"], FeatReply.Parse(replies[3]).Names.Order());
        Assert.Equal("331 Password?\r\n", Latin1(replies[1].ForClients().Raw));
    }

    [Theory]
    [InlineData("221 Goodbye", 221)]
    [InlineData("226-Done\r\n226 Bye", 226)]
    [InlineData("226-Done\r\nmore", 0)]
    [InlineData("226-Done", 0)]
    [InlineData("22", 0)]
    public void What_is_left_when_the_server_hangs_up_is_read_as_far_as_it_is_a_reply(string sent, int code)
    {
        var reader = new FtpReplyReader();
        reader.Append(Bytes(sent));
        Assert.False(reader.TryRead(out _));
        Assert.True(reader.TryReadRest(out var rest));
        Assert.Equal((code, sent), (rest.Code, Latin1(rest.Raw)));
        Assert.False(reader.TryReadRest(out _));
    }

    [Fact]
    public void A_line_of_the_limit_is_read_and_one_byte_more_is_an_error_that_stays()
    {
        var limits = new FtpLimits { MaxReplyLineLength = 16 };
        Assert.Single(Replies("220 0123456789\r\n", limits));

        var reader = new FtpReplyReader(limits);
        reader.Append("200 OK\r\n220 0123456789012"u8);
        Assert.True(reader.TryRead(out _));
        Assert.Equal("FtpLineTooLong", Assert.Throws<NapterFtpException>(() => reader.TryRead(out _)).ErrorId);
        reader.Append("\r\n200 OK\r\n"u8);
        Assert.Throws<NapterFtpException>(() => reader.TryRead(out _));
        Assert.False(reader.TryReadRest(out _));
    }

    [Fact]
    public void A_reply_without_end_is_an_error()
    {
        var limits = new FtpLimits { MaxReplyLength = 64 };
        var endless = "211-Status\r\n" + string.Concat(Enumerable.Repeat(" more\r\n", 100));
        Assert.Equal("FtpReplyTooLong", Assert.Throws<NapterFtpException>(() => Replies(endless, limits)).ErrorId);
    }

    [Fact]
    public void Lines_message_and_text_leave_out_line_ends_and_codes()
    {
        var reply = Reply("257-\"/a\"\r\n more\x1B[2J\r\n257 \"/b\" is it\r\n");
        Assert.Equal(["257-\"/a\"", " more\x1B[2J", "257 \"/b\" is it"], reply.Lines.Select(Latin1));
        Assert.Equal("\"/b\" is it", Latin1(reply.Message));
        Assert.Equal("257 \"/a\" more\uFFFD[2J \"/b\" is it", reply.Text);
    }

    [Theory]
    [InlineData(150, true, false, false, false, false)]
    [InlineData(226, false, true, false, false, true)]
    [InlineData(331, false, false, true, false, true)]
    [InlineData(425, false, false, false, true, true)]
    [InlineData(510, false, false, false, true, true)]
    [InlineData(999, false, false, false, true, true)]
    public void Every_code_is_of_one_class(int code, bool preliminary, bool completion, bool intermediate, bool negative, bool final)
    {
        var reply = FtpReply.Create(code, "x");
        Assert.Equal(
            (preliminary, completion, intermediate, negative, final),
            (reply.IsPreliminary, reply.IsCompletion, reply.IsIntermediate, reply.IsNegative, reply.IsFinal));
    }

    [Fact]
    public void A_reply_of_our_own_cannot_be_split_by_its_text()
    {
        Assert.Equal("425 No port: a b\r\n", Latin1(FtpReply.Create(425, "No port: a\r\nb").Raw));
        Assert.Equal("211-a\r\n211-b\r\n211 c\r\n", Latin1(FtpReply.Create(211, "a", "b", "c").Raw));
    }
}
