using System.Text;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Device;

public sealed class CommandTests
{
    [Theory]
    [InlineData("NOOP", "200 NOOP ok.")]
    [InlineData("noop", "200 NOOP ok.")]
    [InlineData("ACCT x", "202 No account needed.")]
    [InlineData("ALLO 100", "202 ALLO command ignored.")]
    [InlineData("SYST", "215 UNIX Type: L8")]
    [InlineData("TYPE I", "200 Type set to I.")]
    [InlineData("TYPE a n", "200 Type set to A.")]
    [InlineData("TYPE L 8", "200 Type set to I.")]
    [InlineData("TYPE E", "504 Command not implemented for that parameter.")]
    [InlineData("STRU F", "200 STRU set to F.")]
    [InlineData("STRU R", "504 Command not implemented for that parameter.")]
    [InlineData("MODE S", "200 MODE set to S.")]
    [InlineData("MODE B", "504 Command not implemented for that parameter.")]
    [InlineData("OPTS UTF8 ON", "200 Always in UTF8 mode.")]
    [InlineData("OPTS MLST Size;Type;Colour;", "200 MLST OPTS type;size;")]
    [InlineData("OPTS WHAT", "501 Option not understood.")]
    [InlineData("REST x", "501 REST requires a number of bytes.")]
    [InlineData("SITE CHMOD 644 a", "200 SITE CHMOD command ok.")]
    [InlineData("SITE HELP", "214-The following SITE commands are recognized:\n CHMOD HELP\n214 End")]
    [InlineData("SITE WHAT", "500 Unknown SITE command.")]
    [InlineData("AUTH TLS", "500 'AUTH': command not understood.")]
    [InlineData("", "500 Command line empty or too long.")]
    [InlineData("PWD", "257 \"/\" is the current directory.")]
    [InlineData("CWD nowhere", "550 /nowhere: No such file or directory.")]
    [InlineData("CWD a", "550 /a: Not a directory.")]
    [InlineData("CWD ../../..", "250 Directory successfully changed.")]
    [InlineData("MKD d", "550 /d: File exists.")]
    [InlineData("MKD x/y", "550 /x: No such file or directory.")]
    [InlineData("MKD with \"quotes\"", "257 \"/with \"\"quotes\"\"\" created.")]
    [InlineData("RMD d", "550 /d: Directory not empty.")]
    [InlineData("RMD", "501 RMD needs an argument.")]
    [InlineData("DELE d", "550 /d: not a plain file.")]
    [InlineData("SIZE a", "213 3")]
    [InlineData("SIZE d", "550 /d: not a plain file.")]
    [InlineData("MDTM a", "213 20200102150405")]
    [InlineData("RNTO b", "503 RNFR required first.")]
    [InlineData("MLST a", "250-Listing /a\n type=file;size=3;modify=20200102150405;perm=adfrw; /a\n250 End")]
    [InlineData("EPSV 3", "522 Network protocol not supported, use (1,2).")]
    [InlineData("STAT", "211-FTP server status:\n Connected from 127.0.0.1\n TYPE: A\n211 End of status")]
    public async Task A_command_gets_its_reply(string command, string expected)
    {
        await using var fixture = await StartWithTreeAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal(expected, await client.SendAsync(command));
    }

    [Theory]
    [InlineData("PWD")]
    [InlineData("PASV")]
    [InlineData("LIST")]
    [InlineData("STAT /")]
    public async Task Before_login_only_what_logs_in_is_answered(string command)
    {
        await using var fixture = await StartWithTreeAsync();
        var (client, _) = await RawFtpClient.ConnectAsync(fixture.Device.EndPoint);
        Assert.Equal("530 Please login with USER and PASS.", await client.SendAsync(command));
        Assert.Equal("503 Login with USER first.", await client.SendAsync("PASS x"));
        Assert.StartsWith("211-Features:", await client.SendAsync("FEAT"), StringComparison.Ordinal);
        client.Dispose();
    }

    [Fact]
    public async Task Feat_tells_what_the_device_knows()
    {
        await using var fixture = await DeviceFixture.StartAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal(
            "211-Features:\n EPRT\n EPSV\n MDTM\n MFMT\n MLST type*;size*;modify*;perm*;\n REST STREAM\n SIZE\n TVFS\n UTF8\n211 End",
            await client.SendAsync("FEAT"));
    }

    [Fact]
    public async Task Folders_and_files_are_made_entered_renamed_and_removed()
    {
        await using var fixture = await StartWithTreeAsync();
        using var client = await fixture.LogInAsync();
        string[] commands = ["MKD e", "CWD e", "PWD", "RNFR ../a", "RNTO b", "CDUP", "RNFR e", "RNTO f", "DELE f/b", "XRMD f", "PWD"];
        var codes = new List<string>();
        foreach (var command in commands)
        {
            codes.Add((await client.SendAsync(command))[..3]);
        }

        Assert.Equal(["257", "250", "257", "350", "250", "250", "350", "250", "250", "250", "257"], codes);
        Assert.Equal([".hidden", "d"], Directory.EnumerateFileSystemEntries(fixture.Root).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("MFMT 20210203040506 a")]
    [InlineData("MDTM 20210203040506 a")]
    [InlineData("MFMT 20210203040506.123 /a")]
    public async Task The_time_of_a_file_can_be_set(string command)
    {
        await using var fixture = await StartWithTreeAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal("213 Modify=20210203040506; /a", await client.SendAsync(command));
        Assert.Equal("213 20210203040506", await client.SendAsync("MDTM a"));
        Assert.Equal(new DateTime(2021, 2, 3, 4, 5, 6), File.GetLastWriteTimeUtc(Path.Combine(fixture.Root, "a")));
    }

    [Theory]
    [InlineData("NLST", "a\r\nd\r\n")]
    [InlineData("NLST -a", ".hidden\r\na\r\nd\r\n")]
    [InlineData("NLST d", "d/x.csv\r\nd/y.txt\r\n")]
    [InlineData("NLST *.csv", "")]
    [InlineData("NLST d/*.csv", "d/x.csv\r\n")]
    [InlineData("MLSD d", "type=cdir;modify=20200102150405;perm=cdeflmp; .\r\ntype=pdir;modify=20200102150405;perm=cdeflmp; ..\r\ntype=file;size=1;modify=20200102150405;perm=adfrw; x.csv\r\ntype=file;size=2;modify=20200102150405;perm=adfrw; y.txt\r\n")]
    [InlineData("LIST d/y.txt", "-rw-r--r--    1 ftp      ftp                 2 Jan 02  2020 d/y.txt\r\n")]
    [InlineData("LIST -la", "-rw-r--r--    1 ftp      ftp                 0 Jan 02  2020 .hidden\r\n-rw-r--r--    1 ftp      ftp                 3 Jan 02  2020 a\r\ndrwxr-xr-x    2 ftp      ftp                 0 Jan 02  2020 d\r\n")]
    public async Task A_listing_shows_what_is_asked_for(string command, string expected)
    {
        await using var fixture = await StartWithTreeAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal(expected, Encoding.ASCII.GetString((await client.GetAsync(command)).Data));
    }

    [Fact]
    public async Task Stat_lists_over_the_control_connection()
    {
        await using var fixture = await StartWithTreeAsync();
        using var client = await fixture.LogInAsync();
        Assert.Matches("^213-Status follows:\n.* x.csv\n.* y.txt\n213 End of status$", await client.SendAsync("STAT d"));
    }

    [Fact]
    public async Task Epsv_all_leaves_nothing_but_epsv()
    {
        await using var fixture = await StartWithTreeAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal("200 EPSV ALL ok.", await client.SendAsync("EPSV ALL"));
        Assert.Equal("501 PASV not allowed after EPSV ALL.", await client.SendAsync("PASV"));
        Assert.Equal("501 PORT not allowed after EPSV ALL.", await client.SendAsync("PORT 127,0,0,1,200,200"));
        Assert.Equal("abc", Encoding.ASCII.GetString((await client.GetAsync("RETR a", "EPSV")).Data));
    }

    [Fact]
    public async Task Rein_logs_out()
    {
        await using var fixture = await StartWithTreeAsync();
        using var client = await fixture.LogInAsync();
        Assert.Equal("220 Service ready for new user.", await client.SendAsync("REIN"));
        Assert.StartsWith("530", await client.SendAsync("PWD"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_device_changes_nothing()
    {
        await using var fixture = await StartWithTreeAsync(DeviceProfiles.Find("NoStore"));
        using var client = await fixture.LogInAsync();
        foreach (var command in new[] { "STOR a", "APPE a", "STOU", "DELE a", "MKD x", "RMD d", "RNFR a", "MFMT 20210203040506 a", "MDTM 20210203040506 a" })
        {
            Assert.Equal("550 Permission denied.", await client.SendAsync(command));
        }
    }

    private static async Task<DeviceFixture> StartWithTreeAsync(DeviceProfile? profile = null)
    {
        var fixture = await DeviceFixture.StartAsync(profile);
        fixture.Add(".hidden", []);
        fixture.Add("a", "abc"u8.ToArray());
        fixture.Add("d/x.csv", new byte[1]);
        fixture.Add("d/y.txt", new byte[2]);
        var time = new DateTime(2020, 1, 2, 15, 4, 5, DateTimeKind.Utc);
        foreach (var file in Directory.EnumerateFiles(fixture.Root, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, time);
        }

        Directory.SetLastWriteTimeUtc(Path.Combine(fixture.Root, "d"), time);
        Directory.SetLastWriteTimeUtc(fixture.Root, time);
        return fixture;
    }
}
