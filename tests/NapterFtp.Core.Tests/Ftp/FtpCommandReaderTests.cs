using NapterFtp.Ftp;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class FtpCommandReaderTests
{
    [Theory]
    [InlineData("RETR log.csv\r\n", "RETR", "log.csv")]
    [InlineData("retr log.csv\n", "RETR", "log.csv")]
    [InlineData("RETR  two spaces \r\n", "RETR", " two spaces ")]
    [InlineData("PASV\r\n", "PASV", "")]
    [InlineData("PASV \r\n", "PASV", "")]
    [InlineData(" NOOP\r\n", "NOOP", "")]
    [InlineData("\r\n", "", "")]
    [InlineData("RETR a\rb\r\n", "RETR", "a\rb")]
    [InlineData("RETR a\0b\r\n", "RETR", "a\0b")]
    [InlineData("RETR \x83\x5C.txt\r\n", "RETR", "\x83\x5C.txt")]
    [InlineData("\xFF\xF4\xFF\xF2\x41\x42OR\r\n", "ABOR", "")]
    [InlineData("\xFF\xF4\xF2\x41\x42OR\r\n", "ABOR", "")]
    [InlineData("\xFF\xF4\xFF\x41\x42OR\r\n", "ABOR", "")]
    [InlineData("\xF2\x41\x42OR\r\n", "ABOR", "")]
    [InlineData("\xFF\xFB\x01NOOP\xFF\xFE\x06\r\n", "NOOP", "")]
    [InlineData("\xFF\xFA\x18\x01xterm\xFF\xF0NOOP\r\n", "NOOP", "")]
    [InlineData("RETR a\xFF\xFFz\r\n", "RETR", "a\xFFz")]
    [InlineData("RETR a\xFFz\r\n", "RETR", "a\xFFz")]
    [InlineData("RETR a\xFF\r\n", "RETR", "a\xFF")]
    public void A_command_is_read_as_meant_and_kept_as_sent(string sent, string verb, string argument)
    {
        var command = Command(sent);
        Assert.Equal((verb, argument, sent), (command.Verb, Latin1(command.Argument), Latin1(command.Raw)));
    }

    [Fact]
    public void Pipelined_commands_are_read_one_by_one_and_the_rest_waits()
    {
        Assert.Equal(["TYPE", "PASV", "RETR"], Commands("TYPE I\r\nPASV\r\nRETR a\r\nQUI").Select(command => command.Verb));
    }

    [Fact]
    public void A_line_that_is_too_long_is_reported_once_and_the_next_line_read()
    {
        var reader = new FtpCommandReader(new FtpLimits { MaxLineLength = 16 });
        reader.Append("PASS 0123456789012"u8);
        Assert.True(reader.TryRead(out var command));
        Assert.Equal((true, "PASS ****"), (command.IsTooLong, command.Display));
        Assert.False(reader.TryRead(out _));
        reader.Append("3456789"u8);
        Assert.False(reader.TryRead(out _));
        reader.Append("end\r\nNOOP\r\n"u8);
        Assert.True(reader.TryRead(out command));
        Assert.Equal((false, "NOOP"), (command.IsTooLong, command.Verb));
    }

    [Fact]
    public void What_is_left_when_the_client_hangs_up_can_be_taken()
    {
        var reader = new FtpCommandReader();
        reader.Append("NOOP\r\nQUI"u8);
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal("QUI", Latin1(reader.TakeRest()));
    }
}
