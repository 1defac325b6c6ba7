using System.Globalization;
using NapterFtp.Ftp;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class ReplyMatcherTests
{
    /// <summary>Verbs in the order they were sent, <c>RETR+</c> begun, <c>RETR*</c> with its data under way; a code; whom it answers.</summary>
    [Theory]
    [InlineData("RETR PASV", 226, 0)]
    [InlineData("RETR PASV", 550, 0)]
    [InlineData("RETR PASV", 227, 1)]
    [InlineData("RETR+ PASV", 450, 1)]
    [InlineData("RETR+ CWD", 450, 0)]
    [InlineData("RETR* PASV", 450, 1)]
    [InlineData("RETR+ PASV", 503, 1)]
    [InlineData("RETR NOOP", 200, 1)]
    [InlineData("RETR NOOP", 226, 0)]
    [InlineData("RETR NOOP", 500, 0)]
    [InlineData("RETR+ NOOP", 502, 1)]
    [InlineData("RETR* NOOP", 552, 0)]
    [InlineData("RETR* NOOP", 550, 0)]
    [InlineData("STOR* NOOP", 452, 0)]
    [InlineData("STOR* DELE", 250, 1)]
    [InlineData("STOR* DELE", 226, 0)]
    [InlineData("STOR+ DELE", 250, 0)]
    [InlineData("RETR* CWD", 550, 1)]
    [InlineData("RETR+ CWD", 550, 0)]
    [InlineData("RETR* CWD", 426, 0)]
    [InlineData("RETR* CWD", 421, 0)]
    [InlineData("RETR* USER", 331, 1)]
    [InlineData("RETR* USER", 530, 1)]
    [InlineData("RETR* REIN", 230, 1)]
    [InlineData("RETR* REIN", 220, 1)]
    [InlineData("RETR* QUIT", 221, 1)]
    [InlineData("RETR* STAT NOOP", 211, 1)]
    [InlineData("RETR* STAT NOOP", 200, 2)]
    [InlineData("RETR+ ABOR", 426, 0)]
    [InlineData("RETR+ ABOR", 226, 0)]
    [InlineData("RETR+ ABOR", 225, 1)]
    [InlineData("ABOR", 226, 0)]
    [InlineData("ABOR NOOP", 200, 1)]
    [InlineData("ABOR CWD", 250, 1)]
    [InlineData("RETR SIZE PASV", 213, 1)]
    [InlineData("NOOP PASV", 227, 1)]
    [InlineData("NOOP PASV", 200, 0)]
    [InlineData("NOOP PASV", 500, 0)]
    [InlineData("PASV", 425, 0)]
    [InlineData("PASV", 226, -1)]
    [InlineData("PASV", 200, -1)]
    [InlineData("PASV", 250, -1)]
    [InlineData("EPSV", 227, 0)]
    [InlineData("EPSV", 202, 0)]
    [InlineData("RNFR", 350, 0)]
    [InlineData("SIZE", 200, -1)]
    [InlineData("SIZE", 550, 0)]
    [InlineData("PWD", 550, -1)]
    [InlineData("PASV", 550, -1)]
    [InlineData("PASS", 331, -1)]
    [InlineData("PASS", 332, 0)]
    [InlineData("FEAT", 230, -1)]
    [InlineData("TYPE", 230, -1)]
    [InlineData("USER", 220, -1)]
    [InlineData("CWD", 200, 0)]
    [InlineData("CWD LIST EPSV", 250, 0)]
    [InlineData("LIST EPSV", 229, 1)]
    [InlineData("STOU", 202, 0)]
    [InlineData("XYZZY", 211, 0)]
    [InlineData("XYZZY", 226, -1)]
    public void A_reply_goes_to_the_command_it_answers(string verbs, int code, int expected) =>
        Assert.Equal(expected, ReplyMatcher.Match(Commands(verbs), code, takesAny: false));

    [Theory]
    [InlineData("NOOP", 226, 0)]
    [InlineData("SYST", 230, 0)]
    [InlineData("PASV", 200, 0)]
    [InlineData("PASV", 550, 0)]
    [InlineData("PASV", 226, -1)]
    [InlineData("PASV", 230, -1)]
    [InlineData("NOOP", 227, -1)]
    [InlineData("RETR+", 200, 0)]
    [InlineData("RETR*", 200, -1)]
    [InlineData("RETR* NOOP", 215, 1)]
    public void A_relay_gives_what_cannot_be_an_answer_to_the_command_that_waits(string verbs, int code, int expected) =>
        Assert.Equal(expected, ReplyMatcher.Match(Commands(verbs), code, takesAny: true));

    [Theory]
    [InlineData("RETR", 150, 0)]
    [InlineData("CWD RETR SIZE", 125, 1)]
    [InlineData("RETR+ PASV RETR", 150, 2)]
    [InlineData("RETR* NOOP", 110, 0)]
    [InlineData("REIN", 120, 0)]
    [InlineData("SITE", 150, 0)]
    public void A_preliminary_reply_belongs_to_the_transfer_that_has_not_begun(string verbs, int code, int expected) =>
        Assert.Equal(expected, ReplyMatcher.MatchPreliminary(Commands(verbs), code));

    [Fact]
    public void Nothing_pending_takes_no_reply()
    {
        Assert.Equal(-1, ReplyMatcher.Match([], 421, takesAny: true));
        Assert.Equal(-1, ReplyMatcher.Match([], 200, takesAny: false));
        Assert.Equal(-1, ReplyMatcher.MatchPreliminary([], 150));
    }

    [Fact]
    public void Every_verb_can_be_granted_and_refused_and_no_code_of_a_transfer_grants_anything_else()
    {
        string[] verbs =
        [
            "USER", "PASS", "ACCT", "CWD", "CDUP", "REIN", "QUIT", "PORT", "EPRT", "PASV", "EPSV", "TYPE", "STRU", "MODE", "RETR", "STOR", "STOU",
            "APPE", "ALLO", "REST", "RNFR", "RNTO", "ABOR", "DELE", "RMD", "MKD", "PWD", "LIST", "NLST", "MLSD", "MLST", "SITE", "SYST", "STAT",
            "HELP", "NOOP", "FEAT", "OPTS", "SIZE", "MDTM", "MFMT", "HOST", "CLNT", "LANG", "XCRC",
        ];
        foreach (var verb in verbs)
        {
            var granted = Enumerable.Range(200, 200).Where(code => ReplyMatcher.CanAnswer(verb, code)).ToList();
            Assert.NotEmpty(granted);
            Assert.Equal(verb is "RETR" or "STOR" or "STOU" or "APPE" or "LIST" or "NLST" or "MLSD" or "ABOR", granted.Contains(226));
            Assert.Equal(verb is "PASV" or "EPSV", granted.Contains(227));
            foreach (var code in new[] { 421, 500, 501, 502, 503, 504, 530 })
            {
                Assert.True(ReplyMatcher.CanAnswer(verb, code), string.Create(CultureInfo.InvariantCulture, $"{code} to {verb}"));
            }
        }
    }

    private static List<PendingCommand> Commands(string verbs) => [.. verbs.Split(' ').Select(verb =>
        new Command(verb.TrimEnd('+', '*'), verb.EndsWith('*')) { HasStarted = verb.EndsWith('+') || verb.EndsWith('*') })];

    private sealed class Command(string verb, bool isDataUnderWay) : PendingCommand(verb)
    {
        public override bool IsDataUnderWay => isDataUnderWay;

        public override void OnPreliminary(FtpReply reply)
        {
        }

        public override void OnFinal(FtpReply reply)
        {
        }

        public override void OnUnanswered()
        {
        }
    }
}
