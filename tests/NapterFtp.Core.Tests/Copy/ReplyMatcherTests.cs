using NapterFtp.Copy;
using NapterFtp.Ftp;

namespace NapterFtp.Core.Tests.Copy;

public sealed class ReplyMatcherTests
{
    [Theory]
    [InlineData("RETR PASV", 226, 0)]
    [InlineData("RETR PASV", 550, 0)]
    [InlineData("RETR PASV", 227, 1)]
    [InlineData("RETR NOOP", 200, 1)]
    [InlineData("RETR NOOP", 226, 0)]
    [InlineData("RETR SIZE PASV", 213, 1)]
    [InlineData("NOOP PASV", 227, 1)]
    [InlineData("NOOP PASV", 200, 0)]
    [InlineData("NOOP PASV", 500, 0)]
    [InlineData("PASV", 425, 0)]
    [InlineData("PASV", 226, -1)]
    [InlineData("RNFR", 350, 0)]
    [InlineData("CWD LIST EPSV", 250, 0)]
    [InlineData("LIST EPSV", 229, 1)]
    public void A_reply_goes_to_the_command_it_answers(string verbs, int code, int expected)
    {
        var pending = verbs.Split(' ').Select(verb => new PendingCommand(FtpCommand.Create(verb))).ToList();

        Assert.Equal(expected, ReplyMatcher.Match(pending, code));
    }

    [Fact]
    public void Nothing_pending_takes_no_reply() => Assert.Equal(-1, ReplyMatcher.Match([], 421));

    [Fact]
    public void An_unknown_NOOP_during_a_transfer_does_not_end_the_transfer()
    {
        PendingCommand[] pending = [new(FtpCommand.Create("RETR")), new(FtpCommand.Create("NOOP"))];
        pending[0].SetPreliminary(FtpReply.Create(150, "Here it comes."));

        Assert.Equal(1, ReplyMatcher.Match(pending, 502));
    }
}
