using NapterFtp.Ftp.Listings;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;
using static NapterFtp.Core.Tests.Ftp.Listings.ListingText;

namespace NapterFtp.Core.Tests.Ftp.Listings;

public sealed class OtherListingTests
{
    [Theory]
    [InlineData("01-15-24  10:22AM                 1234 log.csv", "File 1234 2024-01-15T10:22:00 [log.csv]")]
    [InlineData("01-15-24  10:22PM       <DIR>          data", "Directory - 2024-01-15T22:22:00 [data]")]
    [InlineData("01-15-2024  12:05AM                 1234 midnight", "File 1234 2024-01-15T00:05:00 [midnight]")]
    [InlineData("01-15-2024  12:05 PM                 1234 noon", "File 1234 2024-01-15T12:05:00 [noon]")]
    [InlineData("01-15-2024  22:22                 1234 24 hours", "File 1234 2024-01-15T22:22:00 [24 hours]")]
    [InlineData("2024-01-15  22:22:33              1,234 iso", "File 1234 2024-01-15T22:22:33 [iso]")]
    [InlineData("2024/01/15  22:22                 1234 ja", "File 1234 2024-01-15T22:22:00 [ja]")]
    [InlineData("15.01.2024  22:22                 1.234 de", "File 1234 2024-01-15T22:22:00 [de]")]
    [InlineData("15/01/2024  22:22                 1234 uk", "File 1234 2024-01-15T22:22:00 [uk]")]
    [InlineData("01-15-99  10:22a                 1234 old", "File 1234 1999-01-15T10:22:00 [old]")]
    [InlineData("00-00-80  12:00AM                 1234 fat zero", "File 1234  [fat zero]")]
    [InlineData("01-15-24  10:22AM                 1234  leading space", "File 1234 2024-01-15T10:22:00 [ leading space]")]
    [InlineData("11-02-18  14:12       <DIR>          images", "Directory - 2018-11-02T14:12:00 [images]")]
    [InlineData("06-07-22  12:55PM               334976 opencv_frame_2.png", "File 334976 2022-06-07T12:55:00 [opencv_frame_2.png]")]
    [InlineData("04-13-2011  07:10PM                 4927 file1.csv", "File 4927 2011-04-13T19:10:00 [file1.csv]")]
    [InlineData("03/05/13  12:00 AM                 4927 file1.csv", "File 4927 2013-03-05T00:00:00 [file1.csv]")]
    [InlineData("01-15-24  22:22PM                 1234 24 hours and PM", "File 1234 2024-01-15T22:22:00 [24 hours and PM]")]
    [InlineData("01-15-24  00:22AM                 1234 24 hours and AM", "File 1234 2024-01-15T00:22:00 [24 hours and AM]")]
    [InlineData("01-15-24  10:22AM          -2147483648 2 GiB", "File - 2024-01-15T10:22:00 [2 GiB]")]
    [InlineData("01-15-24  10:22AM                   -1 no size", "File - 2024-01-15T10:22:00 [no size]")]
    [InlineData("15/01/2024  10:22    <REP>          données", "Directory - 2024-01-15T10:22:00 [données]")]
    [InlineData("15/01/2024  10:22         1\u00A0234 fr", "File 1234 2024-01-15T10:22:00 [fr]")]
    [InlineData("01-15-24  10:22AM    <JUNCTION>     link [C:\\data]", "Link - 2024-01-15T10:22:00 [link] -> C:\\data")]
    [InlineData("01-15-24  10:22AM    <SYMLINKD>     link", "Link - 2024-01-15T10:22:00 [link]")]
    [InlineData("  512    JAN-15-2024  10:22:33   DATA 1            <DIR>", "Directory - 2024-01-15T10:22:33 [DATA 1]")]
    [InlineData("+i8388621.48594,m1705314153,r,s1234,\tlog 1.csv", "File 1234 2024-01-15T10:22:33Z [log 1.csv]")]
    [InlineData("+i8388621.50690,m1705314153,/,\tdata", "Directory - 2024-01-15T10:22:33Z [data]")]
    [InlineData("01-15-24  10:22AM       <DIR>          C:\\", "Directory - 2024-01-15T10:22:00 [C:]")]
    [InlineData("01-15-24  10:22AM                  12 note:\\", "File 12 2024-01-15T10:22:00 [note:\\]")]
    [InlineData(" 1234    JAN-15-2024  10:22:33   log 1.csv          ", "File 1234 2024-01-15T10:22:33 [log 1.csv]")]
    public void Lines_of_dos_and_vxworks_are_read(string line, string expected)
    {
        Assert.Equal(expected, Describe(Entry(ListingFormat.List, line)));
    }

    [Theory]
    [InlineData("type=file;size=1234;modify=20240115102233; log.csv", "File 1234 2024-01-15T10:22:33Z [log.csv]")]
    [InlineData("Type=File;Size=1234;Modify=20240115102233.5;UNIX.mode=0644; a; b", "File 1234 2024-01-15T10:22:33Z [a; b]")]
    [InlineData("type=dir;size=4096;modify=20240115102233; data", "Directory - 2024-01-15T10:22:33Z [data]")]
    [InlineData("type=OS.unix=slink:/a b;size=4; link", "Link -  [link] -> /a b")]
    [InlineData("type=OS.unix=symlink;size=4; link", "Link -  [link]")]
    [InlineData("type=OS.unix=chr-13/29; tty", "Other -  [tty]")]
    [InlineData("type=file;size=1 name", "File 1  [name]")]
    [InlineData("type=file;modify=191240115102233; year 124", "File - 2024-01-15T10:22:33Z [year 124]")]
    [InlineData("type=file;modify=20240101235960; leap", "File - 2024-01-01T23:59:59Z [leap]")]
    [InlineData("type=file;modify=00000000000000;size=-1; nonsense", "File -  [nonsense]")]
    [InlineData("size=12; no type", "File 12  [no type]")]
    [InlineData("modify=20240115102233; nothing but a time", "Other - 2024-01-15T10:22:33Z [nothing but a time]")]
    [InlineData(" no facts", "Other -  [no facts]")]
    [InlineData("   no facts and leading spaces", "Other -  [  no facts and leading spaces]")]
    [InlineData(" no=facts and an equals sign", "Other -  [no=facts and an equals sign]")]
    [InlineData(" no facts; and a semicolon", "Other -  [no facts; and a semicolon]")]
    [InlineData(" type=file;size=12;modify=20240115102233; a b", "File 12 2024-01-15T10:22:33Z [a b]")]
    [InlineData("    size=12;type=file;create=20230115102233; a", "File 12  [a]")]
    [InlineData(" type=dir;  leading space", "Directory -  [ leading space]")]
    [InlineData("type=file;  leading space", "File -  [ leading space]")]
    [InlineData("type=file;size=1;\ttab; and a semicolon", "File 1  [tab; and a semicolon]")]
    [InlineData("type=file; a;\tb", "File -  [a;\tb]")]
    public void Facts_of_mlsd_are_read(string line, string expected)
    {
        Assert.Equal(expected, Describe(Entry(ListingFormat.Mlsd, line)));
    }

    [Fact]
    public void The_listed_folder_and_its_parent_are_left_out()
    {
        Assert.Empty(Parse(ListingFormat.Mlsd, "type=cdir; .\r\ntype=pdir; /data\r\ntype=dir; ..\r\n").Entries);
        Assert.Empty(Parse(ListingFormat.List, "drwxr-xr-x 1 a b 1 Jan 15 10:22 .\r\ndrwxr-xr-x 1 a b 1 Jan 15 10:22 ..\r\n").Entries);
        Assert.Empty(Parse(ListingFormat.Nlst, ".\r\n..\r\n").Entries);
    }

    [Theory]
    [InlineData((int)ListingFormat.List, "ls: data: Permission denied")]
    [InlineData((int)ListingFormat.List, "ls: cannot open directory '.': Permission denied")]
    [InlineData((int)ListingFormat.List, "/bin/ls: cannot access 'log.csv': Input/output error")]
    [InlineData((int)ListingFormat.Nlst, "ls: .: Permission denied")]
    [InlineData((int)ListingFormat.List, "-rw-r--r-- 1 a b 1234 Jan 15 10:22")]
    [InlineData((int)ListingFormat.List, "-rw-r--r-- 1 a b log.csv")]
    [InlineData((int)ListingFormat.List, "01-15-24  13:22AM 1234")]
    [InlineData((int)ListingFormat.Mlsd, "type=file;size=1")]
    [InlineData((int)ListingFormat.Mlsd, "type=file;size=1; ")]
    [InlineData((int)ListingFormat.Mlsd, "nonsense; name")]
    public void A_line_that_is_not_understood_is_reported(int format, string line)
    {
        var listing = Parse((ListingFormat)format, line + "\r\n");
        Assert.Empty(listing.Entries);
        Assert.Equal(line, Latin1(Assert.Single(listing.NotUnderstood)));
    }

    [Theory]
    [InlineData("total 12")]
    [InlineData("total 1.2K")]
    [InlineData("insgesamt 0")]
    [InlineData("celkem 4")]
    [InlineData("\xE6\x80\xBB\xE7\x94\xA8\xE9\x87\x8F 0")]
    [InlineData("\xE8\x97\xE2\xD3\xC3\xC1\xBF 0")]
    [InlineData("\xD0\xB8\xD1\x82\xD0\xBE\xD0\xB3\xD0\xBE 8")]
    [InlineData("\x8D\x87\x8Cv 12")]
    [InlineData("\xE5\x90\x88\xE8\xA8\x88 12")]
    [InlineData("  size          date       time       name")]
    [InlineData("--------       ------     ------    --------")]
    [InlineData("")]
    public void What_decorates_a_listing_is_no_entry_and_no_error(string line)
    {
        var listing = Parse(ListingFormat.List, line + "\r\n");
        Assert.Empty(listing.Entries);
        Assert.Empty(listing.NotUnderstood);
    }

    [Fact]
    public void The_order_of_dates_in_numbers_is_told_by_the_whole_listing()
    {
        static string[] Dates(string text, DateTimeOffset? now = null, DateOrder? known = null)
        {
            var parser = new ListingParser(ListingFormat.List, NameEncoding.Utf8, now ?? Now, dates: known);
            parser.Append(Bytes(text));
            return [.. parser.Complete().Entries.Select(entry => entry.LastWriteTime?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture) ?? "-")];
        }

        Assert.Equal(["2024-03-02", "2024-01-15"], Dates("03-02-24  10:22 1 a\r\n01-15-24  10:22 1 b\r\n"));
        Assert.Equal(["2024-02-03", "2024-01-15"], Dates("03-02-24  10:22 1 a\r\n15-01-24  10:22 1 b\r\n"));
        Assert.Equal(["2024-02-03", "2024-01-15"], Dates("24-02-03  10:22 1 a\r\n24-01-15  10:22 1 b\r\n"));
        Assert.Equal(["2024-03-04"], Dates("04/03/2024  10:22 1 not in the future\r\n"));
        Assert.Equal(["2024-02-03"], Dates("03-02-24  10:22 1 as shown before\r\n", known: DateOrder.DayFirst));
        Assert.Equal(["2023-12-31", "2024-01-01"], Dates("12-31-23  10:22 1 a\r\n01-01-24  08:30 1 a clock ahead\r\n", new DateTimeOffset(2023, 12, 31, 23, 30, 0, TimeSpan.Zero)));
    }

    [Fact]
    public void A_listing_that_lists_nothing_is_told_from_no_listing()
    {
        Assert.True(Parse(ListingFormat.List, "total 0\r\n").ShowsItself);
        Assert.True(Parse(ListingFormat.List, "insgesamt 0\r\n").ShowsItself);
        Assert.True(Parse(ListingFormat.List, "drwxr-xr-x 1 a b 1 Jan 15 10:22 .\r\n").ShowsItself);
        Assert.True(Parse(ListingFormat.Mlsd, "type=cdir; .\r\n").ShowsItself);
        Assert.False(Parse(ListingFormat.List, "").ShowsItself);
        Assert.False(Parse(ListingFormat.List, "ls: .: Permission denied\r\n").ShowsItself);
        Assert.Equal("/data", Latin1(Parse(ListingFormat.Mlsd, "type=cdir; /data\r\n").Self));
    }

    [Fact]
    public void Names_only_are_read_without_their_paths()
    {
        var listing = Parse(ListingFormat.Nlst, "/data/a.csv\r\n./b\nc d\r\n\r\nlast");
        Assert.Equal(["a.csv", "b", "c d", "last"], listing.Entries.Select(entry => entry.Name));
    }

    [Fact]
    public void The_entry_in_the_reply_to_mlst_is_read()
    {
        var reply = Reply("250-Listing /data/a\r\n type=file;size=12;modify=20240115102233; /data/a b\r\n250 End\r\n");
        Assert.Equal("File 12 2024-01-15T10:22:33Z [a b]", Describe(ListingParser.ParseMlst(reply, NameEncoding.Utf8)!));
        reply = Reply("250-MLST listing\r\n    size=12;type=file;modify=20240115102233; a b\r\n250 End\r\n");
        Assert.Equal("File 12 2024-01-15T10:22:33Z [a b]", Describe(ListingParser.ParseMlst(reply, NameEncoding.Utf8)!));
        Assert.Null(ListingParser.ParseMlst(Reply("550 No such file\r\n"), NameEncoding.Utf8));
        Assert.Null(ListingParser.ParseMlst(Reply("250 type=file; a\r\n"), NameEncoding.Utf8));
    }

    [Fact]
    public void A_listing_that_arrives_byte_by_byte_reads_the_same()
    {
        const string Text = "total 2\r\n-rw-r--r-- 1 a b 1 Jan 15 10:22 a\r\nnonsense\n-rw-r--r-- 1 a b 2 Jan 15 10:22 b";
        var parser = new ListingParser(ListingFormat.List, NameEncoding.Utf8, Now);
        foreach (var b in Bytes(Text))
        {
            parser.Append([b]);
        }

        var listing = parser.Complete();
        Assert.Equal(["a", "b"], listing.Entries.Select(entry => entry.Name));
        Assert.Single(listing.NotUnderstood);
    }

    [Theory]
    [InlineData("\n\r")]
    [InlineData("\r\n\0")]
    [InlineData("\0\r\n")]
    [InlineData("\r\r\n")]
    public void Lines_that_end_oddly_are_read_all_the_same(string end)
    {
        var list = Parse(ListingFormat.List, $"total 2{end}-rw-r--r-- 1 a b 1 Jan 15 10:22 a{end}{end}-rw-r--r-- 1 a b 2 Jan 15 10:22 b c{end}");
        Assert.Equal(["a", "b c"], list.Entries.Select(entry => entry.Name));
        Assert.Empty(list.NotUnderstood);
        Assert.Equal(["a", "b"], Parse(ListingFormat.Nlst, $"a{end}b{end}").Entries.Select(entry => entry.Name));
        Assert.Equal(["a", "b"], Parse(ListingFormat.Mlsd, $"type=file; a{end}type=file; b{end}").Entries.Select(entry => entry.Name));

        var parser = new ListingParser(ListingFormat.Nlst, NameEncoding.Utf8, Now);
        parser.Append(Bytes($"a{end}"));
        Assert.False(parser.IsWithinLine);
    }

    [Fact]
    public void A_listing_without_end_is_an_error()
    {
        var parser = new ListingParser(ListingFormat.Nlst, NameEncoding.Utf8, Now, new NapterFtp.Ftp.FtpLimits { MaxListingLength = 10 });
        parser.Append("0123456789"u8);
        Assert.Equal("FtpListingTooLong", Assert.Throws<NapterFtpException>(() => parser.Append("0"u8)).ErrorId);
    }

    [Theory]
    [InlineData("20240115102233", "2024-01-15T10:22:33.0000000+00:00", 1)]
    [InlineData("20240115102233.25\r", "2024-01-15T10:22:33.2500000+00:00", 0.01)]
    [InlineData("20240115102233.123456789", "2024-01-15T10:22:33.1234567+00:00", 0.0000001)]
    [InlineData("2024011510223", null, 0)]
    [InlineData("20240115102233.", null, 0)]
    [InlineData("20241315102233", null, 0)]
    [InlineData("2024-01-15", null, 0)]
    [InlineData("", null, 0)]
    public void A_time_of_mdtm_is_read(string text, string? expected, double precision)
    {
        var time = FtpTime.Parse(Bytes(text));
        Assert.Equal(expected, time?.Value.ToString("O"));
        Assert.Equal(precision, time?.Precision.TotalSeconds ?? 0);
        Assert.Equal(expected is not null, time?.IsUtc ?? false);
    }

    [Fact]
    public void A_time_is_written_for_mfmt_in_utc()
    {
        Assert.Equal("20240115012233", FtpTime.Format(new DateTimeOffset(2024, 1, 15, 10, 22, 33, TimeSpan.FromHours(9))));
    }
}
