using NapterFtp.Ftp;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class FtpCommandTests
{
    [Theory]
    [InlineData("PASS secret\r\n", "PASS ****")]
    [InlineData("pass\tsecret\r\n", "PASS ****")]
    [InlineData("\xFF\xF4PASS secret\r\n", "PASS ****")]
    [InlineData("ACCT secret\r\n", "ACCT ****")]
    [InlineData("ADAT c2VjcmV0\r\n", "ADAT ****")]
    [InlineData("SITE PSWD secret secret2\r\n", "SITE PSWD ****")]
    [InlineData("SITE gpass secret\r\n", "SITE gpass ****")]
    [InlineData("secret-after-a-line-break-in-a-password\r\n", "****")]
    [InlineData("p4ss,w\r\n", "****")]
    public void A_secret_is_never_displayed(string sent, string display)
    {
        Assert.Equal(display, Command(sent).Display);
    }

    [Theory]
    [InlineData("user admin\r\n", "USER admin")]
    [InlineData("RETR \xE6\x97\xA5.csv\r\n", "RETR 日.csv")]
    [InlineData("RETR a\x1B[2J\x9D\r\n", "RETR a\uFFFD[2J\uFFFD")]
    [InlineData("SITE CHMOD 644 a\r\n", "SITE CHMOD 644 a")]
    [InlineData("XSHA256 a\r\n", "XSHA256 a")]
    [InlineData("\r\n", "")]
    public void Other_commands_are_displayed_with_control_characters_replaced(string sent, string display)
    {
        Assert.Equal(display, Command(sent).Display);
    }

    [Theory]
    [InlineData("RETR a", (int)FtpTransferDirection.FromDevice)]
    [InlineData("LIST", (int)FtpTransferDirection.FromDevice)]
    [InlineData("NLST", (int)FtpTransferDirection.FromDevice)]
    [InlineData("MLSD", (int)FtpTransferDirection.FromDevice)]
    [InlineData("STOR a", (int)FtpTransferDirection.ToDevice)]
    [InlineData("STOU", (int)FtpTransferDirection.ToDevice)]
    [InlineData("appe a", (int)FtpTransferDirection.ToDevice)]
    [InlineData("MLST", (int)FtpTransferDirection.None)]
    [InlineData("STAT a", (int)FtpTransferDirection.None)]
    public void A_transfer_command_has_a_direction(string line, int direction)
    {
        var command = Command(line + "\r\n");
        Assert.Equal((FtpTransferDirection)direction, command.Direction);
        Assert.Equal(direction != 0, command.IsTransfer);
    }

    [Theory]
    [InlineData("PASV", true, false)]
    [InlineData("EPSV", true, false)]
    [InlineData("EPSV 2", true, false)]
    [InlineData("P@SW", true, false)]
    [InlineData("EPSV all ", false, true)]
    [InlineData("PORT 1,2,3,4,5,6", false, false)]
    public void Epsv_all_asks_for_no_port(string line, bool passive, bool all)
    {
        var command = Command(line + "\r\n");
        Assert.Equal((passive, all), (command.IsPassive, command.IsEpsvAll));
    }

    [Fact]
    public void A_command_of_our_own_doubles_0xFF_and_reads_back_the_same()
    {
        var command = FtpCommand.Create("RETR", Bytes("a\xFF\xF4z"));
        Assert.Equal("RETR a\xFF\xFF\xF4z\r\n", Latin1(command.Raw));
        Assert.Equal("a\xFF\xF4z", Latin1(command.Argument));
        Assert.Equal("PASV\r\n", Latin1(FtpCommand.Create("PASV").Raw));
    }

    [Theory]
    [InlineData("a\r\nDELE b")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public void A_command_of_our_own_cannot_carry_another(string argument)
    {
        Assert.Equal("InvalidFtpArgument", Assert.Throws<NapterFtpException>(() => FtpCommand.Create("RETR", Bytes(argument))).ErrorId);
    }
}
