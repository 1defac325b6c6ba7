using NapterFtp.Ftp.Listings;
using static NapterFtp.Core.Tests.Ftp.Listings.ListingText;

namespace NapterFtp.Core.Tests.Ftp.Listings;

public sealed class UnixListingTests
{
    [Theory]
    [InlineData("-rw-r--r--    1 1000     1000         1234 Jan 15 10:22 log.csv", "File 1234 2024-01-15T10:22:00 [log.csv]")]
    [InlineData("-rw-r--r--    1 ftp      ftp          1234 Jan 15  2021 log.csv", "File 1234 2021-01-15T00:00:00 [log.csv]")]
    [InlineData("drwxr-xr-x    2 ftp      ftp          4096 Dec 31 23:59 data", "Directory - 2023-12-31T23:59:00 [data]")]
    [InlineData("-rw-r--r-- 1 owner 1234 Jan 15 10:22 no group", "File 1234 2024-01-15T10:22:00 [no group]")]
    [InlineData("-rw-r--r-- 1234 Jan 15 10:22 nothing but the size", "File 1234 2024-01-15T10:22:00 [nothing but the size]")]
    [InlineData("-rw-rw-rw- 1 the owner the group 1234 Jan 15 10:22 a", "File 1234 2024-01-15T10:22:00 [a]")]
    [InlineData("-rw-r--r--+ 1 a b 1234 Jan 15 10:22 with acl", "File 1234 2024-01-15T10:22:00 [with acl]")]
    [InlineData("-rwsr-Sr-t. 1 a b 1234 Jan 15 10:22 with bits", "File 1234 2024-01-15T10:22:00 [with bits]")]
    [InlineData("- [R----F--] supervisor 1234 Jan 15 10:22 netware", "File 1234 2024-01-15T10:22:00 [netware]")]
    [InlineData("d [R----F--] supervisor 512 Jan 15 10:22 netware", "Directory - 2024-01-15T10:22:00 [netware]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 10:22  leading and trailing ", "File 1234 2024-01-15T10:22:00 [ leading and trailing ]")]
    [InlineData("-rw-r--r-- 1 a b 9223372036854775807 Jan 15 10:22 big", "File 9223372036854775807 2024-01-15T10:22:00 [big]")]
    [InlineData("-rw-r--r-- 1 a b 12 Jan 15 10:22 12 Feb 15 10:22 name", "File 12 2024-01-15T10:22:00 [12 Feb 15 10:22 name]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 10:22 2019", "File 1234 2024-01-15T10:22:00 [2019]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 10:22:33 2019 bsd", "File 1234 2019-01-15T10:22:33 [bsd]")]
    [InlineData("-rw-r--r-- 1 a b 1234 JAN 5 10:22 upper", "File 1234 2024-01-05T10:22:00 [upper]")]
    [InlineData("-rw-r--r-- 1 a b 1234 15 Jan 10:22 day first", "File 1234 2024-01-15T10:22:00 [day first]")]
    [InlineData("-rw-r--r-- 1 a b 1234 2024-01-15 10:22 iso", "File 1234 2024-01-15T10:22:00 [iso]")]
    [InlineData("-rw-r--r-- 1 a b 1234 2024-01-15 iso day", "File 1234 2024-01-15T00:00:00 [iso day]")]
    [InlineData("-rw-r--r-- 1 a b 1234 2024/01/15 10:22:33 iso", "File 1234 2024-01-15T10:22:33 [iso]")]
    [InlineData("-rw-r--r-- 1 a b 1234 2024-01-15 10:22:33.123456789 +0900 full", "File 1234 2024-01-15T01:22:33Z [full]")]
    [InlineData("-rw-r--r-- 1 a b 1234 01-15 10:22 short iso", "File 1234 2024-01-15T10:22:00 [short iso]")]
    [InlineData("-rw-r--r-- 1 a b 1234 1\xE6\x9C\x88 15 10:22 ja utf-8", "File 1234 2024-01-15T10:22:00 [ja utf-8]")]
    [InlineData("-rw-r--r-- 1 a b 1234 1\x8C\x8E 15\x93\xFA 2021\x94N ja sjis", "File 1234 2021-01-15T00:00:00 [ja sjis]")]
    [InlineData("-rw-r--r-- 1 a b 1234 1\xB7\xEE 15\xC6\xFC 2021\xC7\xAF ja euc", "File 1234 2021-01-15T00:00:00 [ja euc]")]
    [InlineData("lrwxrwxrwx 1 a b 4 Jan 15 10:22 name -> file", "Link - 2024-01-15T10:22:00 [name] -> file")]
    [InlineData("lrwxrwxrwx 1 a b 6 Jan 15 10:22 a -> b -> /c/d/e", "Link - 2024-01-15T10:22:00 [a -> b] -> /c/d/e")]
    [InlineData("lrwxrwxrwx 1 a b 9 Jan 15 10:22 a -> b -> c", "Link - 2024-01-15T10:22:00 [a] -> b -> c")]
    [InlineData("lrwxrwxrwx 1 a b 9 Jan 15 10:22  -> b", "Link - 2024-01-15T10:22:00 [ -> b]")]
    [InlineData("lrwxrwxrwx 1 a b 9 Jan 15 10:22 no target", "Link - 2024-01-15T10:22:00 [no target]")]
    [InlineData("-rw-r--r-- 1 a b 9 Jan 15 10:22 a -> b", "File 9 2024-01-15T10:22:00 [a -> b]")]
    [InlineData("brw-rw---- 1 root disk 8, 0 Jan 15 10:22 sda", "Other - 2024-01-15T10:22:00 [sda]")]
    [InlineData("prw-rw---- 1 root disk 0 Jan 15 10:22 pipe", "Other - 2024-01-15T10:22:00 [pipe]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 00 1980 fat zero", "File 1234  [fat zero]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Abc 15 10:22 no month", "File 1234  [no month]")]
    [InlineData("-rw-r--r-- 1 a b -1 Jan 15 10:22 no size", "File - 2024-01-15T10:22:00 [no size]")]
    [InlineData("-rw-r--r-- 1 a b -2147483648 Jan 15 10:22 2 GiB", "File - 2024-01-15T10:22:00 [2 GiB]")]
    [InlineData("-rw-r--r-- 1 a b 1.2K Jan 15 10:22 rounded", "File - 2024-01-15T10:22:00 [rounded]")]
    [InlineData("-rw-r--r-- 1 a b 12M Jan 15  2021 rounded", "File - 2021-01-15T00:00:00 [rounded]")]
    [InlineData("-rw-r--r-- 1 a b 4,0K Jan 15 10:22 rounded de", "File - 2024-01-15T10:22:00 [rounded de]")]
    [InlineData("-rw-r--r-- 1 a b 1,234,567 Jan 15 10:22 commas", "File 1234567 2024-01-15T10:22:00 [commas]")]
    [InlineData("   4 -rw-r--r-- 1 a b 1234 Jan 15 10:22 blocks first", "File 1234 2024-01-15T10:22:00 [blocks first]")]
    [InlineData("1.2K -rw-r--r-- 1 a b 1.2K Jan 15 10:22 x", null)]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 10:22 PM afternoon", "File 1234 2024-01-15T22:22:00 [afternoon]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 12:22AM midnight", "File 1234 2024-01-15T00:22:00 [midnight]")]
    [InlineData("-rw-r--r-- 1 a b 1234 15-Jan-24 10:22 two digits", "File 1234 2024-01-15T10:22:00 [two digits]")]
    [InlineData("-rw-r--r-- 1 a b 1234 15-Jan-99 two digits", "File 1234 1999-01-15T00:00:00 [two digits]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 98 two digits", "File 1234 1998-01-15T00:00:00 [two digits]")]
    [InlineData("-rw-r--r-- 1 a b 1234 01/15/24 10:22 two digits", "File 1234 2024-01-15T10:22:00 [two digits]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 2021 10:22 year and time", "File 1234 2021-01-15T10:22:00 [year and time]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15  2021 10:22 name", "File 1234 2021-01-15T00:00:00 [10:22 name]")]
    [InlineData("-rw-r--r-- 1 a b 1234 2024-01-15T10:22:33 iso", "File 1234 2024-01-15T10:22:33 [iso]")]
    [InlineData("-rw-rw-rw- 1 noone nogroup          0 000 17 2025 filename.nam", "File 0  [filename.nam]")]
    [InlineData("-rw-rw-rw- 1 noone nogroup        132 jan 23 2025 zero_g1.tp", "File 132 2025-01-23T00:00:00 [zero_g1.tp]")]
    [InlineData("-rw-rw-r--\t1\tesp32\t67077\tJan 01 00:00\t/foo/bar.dat", "File 67077 2024-01-01T00:00:00 [bar.dat]")]
    [InlineData("drwxr-S---    3 105207   501            18 Jul 04  2017 .pki", "Directory - 2017-07-04T00:00:00 [.pki]")]
    [InlineData("-rw-r--r-- 1 a b 12 May 28 19:50 2023 x", "File 12 2023-05-28T19:50:00 [x]")]
    [InlineData("drwxr-xr-x 1 vita vita 16384 Jan 1  2000 ux0:", "Directory - 2000-01-01T00:00:00 [ux0:]")]
    [InlineData("-rw-r--r--    1 1000     1000      1473140 Nov 29 18:29 Christmas_tree_.gcode.3mf", "File 1473140 2023-11-29T18:29:00 [Christmas_tree_.gcode.3mf]")]
    [InlineData("-rw-r--r-- 1 Mar 5 1234 Jan 15 10:22 owner like a date", "File 1234 2024-01-15T10:22:00 [owner like a date]")]
    [InlineData("-rw-r--r-- 1 grp 12 abc 34 1234 Jan 15 10:22 group of digits", "File 1234 2024-01-15T10:22:00 [group of digits]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 10:22 /data/log.csv", "File 1234 2024-01-15T10:22:00 [log.csv]")]
    [InlineData("drwxr-xr-x 1 a b 1234 Jan 15 10:22 data/", "Directory - 2024-01-15T10:22:00 [data]")]
    [InlineData("   -rw-r--r-- 1 a b 1234 Jan 15 10:22 indented", "File 1234 2024-01-15T10:22:00 [indented]")]
    [InlineData("drwxr-xr-x1024 a b 1234 Jan 15 10:22 many links", "Directory - 2024-01-15T10:22:00 [many links]")]
    [InlineData("drwxr-xr-x+128 a b 1234 Jan 15 10:22 many links", "Directory - 2024-01-15T10:22:00 [many links]")]
    [InlineData("-rw-r--r-- 1 recorder operators987654321 Jan 15 10:22 size behind the group", "File - 2024-01-15T10:22:00 [size behind the group]")]
    [InlineData("-rw-r--r-- 1 a b2 1234 Jan 15 10:22 group with a digit", "File 1234 2024-01-15T10:22:00 [group with a digit]")]
    [InlineData("-rw-r--r-- 1 a b 18446744073709551615 Jan 15 10:22 minus one", "File - 2024-01-15T10:22:00 [minus one]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15, 2024 10:22 comma", "File 1234 2024-01-15T10:22:00 [comma]")]
    [InlineData("-rw-r--r-- 1 a b 1234 15. Jan., 10:22 comma", "File 1234 2024-01-15T10:22:00 [comma]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan  5 2021  padded behind the year", "File 1234 2021-01-05T00:00:00 [padded behind the year]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15  2021  leading space", "File 1234 2021-01-15T00:00:00 [ leading space]")]
    [InlineData("-rw-r--r-- 1 a b 1234 2024\xE5\xB9\xB4 1\xE6\x9C\x88 5\xE6\x97\xA5 ja year first", "File 1234 2024-01-05T00:00:00 [ja year first]")]
    [InlineData("-rw-r--r-- 1 a b 1234 2024\u0094N1\u008C\u008E15\u0093\u00FA 10:22 sjis year first", "File 1234 2024-01-15T10:22:00 [sjis year first]")]
    [InlineData("-rw-r--r-- 1 a b 1234 1 15 10:22 month in digits", "File 1234 2024-01-15T10:22:00 [month in digits]")]
    [InlineData("-rw-r--r-- 1 10 10 1234 Jan 15 10:22 owner like a date", "File 1234 2024-01-15T10:22:00 [owner like a date]")]
    [InlineData("-rw-r--r-- 1 a b 1234 01-15 2021 short iso", "File 1234 2021-01-15T00:00:00 [short iso]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Dec 31  2023 23:59 name", "File 1234 2023-12-31T00:00:00 [23:59 name]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 24:00 midnight", "File 1234 2024-01-16T00:00:00 [midnight]")]
    [InlineData("-rw-r--r-- 1 a b 1234 Jan 15 24:01 no such time", "File 1234  [no such time]")]
    public void Lines_of_every_variant_are_read(string line, string? expected)
    {
        var listing = Parse(ListingFormat.List, line + "\r\n");
        Assert.Equal(expected, listing.Entries.Select(Describe).SingleOrDefault());
        Assert.Equal(expected is null ? 1 : 0, listing.NotUnderstood.Count);
    }

    [Theory]
    [InlineData("utf-8", "févr. 15 10:22", "2024-02-15T10:22:00")]
    [InlineData("iso-8859-1", "févr. 15 10:22", "2024-02-15T10:22:00")]
    [InlineData("utf-8", "15 févr.  2021", "2021-02-15T00:00:00")]
    [InlineData("utf-8", "août  15 10:22", "2023-08-15T10:22:00")]
    [InlineData("windows-1252", "août 15 10:22", "2023-08-15T10:22:00")]
    [InlineData("utf-8", "déc. 31  2020", "2020-12-31T00:00:00")]
    [InlineData("utf-8", "juil. 15 10:22", "2023-07-15T10:22:00")]
    [InlineData("utf-8", "12. Okt 10:22", "2023-10-12T10:22:00")]
    [InlineData("utf-8", "12. Okt  2021", "2021-10-12T00:00:00")]
    [InlineData("utf-8", "15. Mär 10:22", "2023-03-15T10:22:00")]
    [InlineData("iso-8859-1", "Mär 15 10:22", "2023-03-15T10:22:00")]
    [InlineData("utf-8", "Mai 15 10:22", "2023-05-15T10:22:00")]
    [InlineData("utf-8", "3月  15 10:22", "2023-03-15T10:22:00")]
    [InlineData("shift_jis", "3月 15 10:22", "2023-03-15T10:22:00")]
    [InlineData("gb18030", "12月 15 10:22", "2023-12-15T10:22:00")]
    [InlineData("utf-8", "3월  15 10:22", "2023-03-15T10:22:00")]
    [InlineData("utf-8", "мая 15 10:22", "2023-05-15T10:22:00")]
    [InlineData("windows-1251", "мая 15 10:22", "2023-05-15T10:22:00")]
    [InlineData("koi8-r", "15 янв 10:22", "2024-01-15T10:22:00")]
    [InlineData("ibm866", "дек  31  2020", "2020-12-31T00:00:00")]
    [InlineData("utf-8", "ene 15 10:22", "2024-01-15T10:22:00")]
    [InlineData("utf-8", "15 dic  2020", "2020-12-15T00:00:00")]
    [InlineData("utf-8", "gen 15 10:22", "2024-01-15T10:22:00")]
    [InlineData("utf-8", "mrt 1 10:22", "2024-03-01T10:22:00")]
    [InlineData("utf-8", "15 paź 10:22", "2023-10-15T10:22:00")]
    [InlineData("iso-8859-2", "15 říj 10:22", "2023-10-15T10:22:00")]
    [InlineData("utf-8", "Ağu 15 10:22", "2023-08-15T10:22:00")]
    [InlineData("utf-8", "15. tammi 10.22", "2024-01-15T10:22:00")]
    public void Months_of_other_languages_are_read_in_whatever_encoding(string encoding, string time, string expected)
    {
        var line = $"-rw-r--r--    1 ftp      ftp          1234 {time} log.csv";
        var latin1 = NapterFtp.Core.Tests.Ftp.FtpBytes.Latin1(NameEncoding.Find(encoding).Encode(line));

        Assert.Equal($"File 1234 {expected} [log.csv]", Describe(Entry(ListingFormat.List, latin1)));
    }

    [Theory]
    [InlineData("Mar 10 12:00", "2024-03-10")]
    [InlineData("Mar 11 11:59", "2024-03-11")]
    [InlineData("Mar 11 12:01", "2023-03-11")]
    [InlineData("Mar 12 00:00", "2023-03-12")]
    [InlineData("Dec 31 23:59", "2023-12-31")]
    [InlineData("Feb 29 00:00", "2024-02-29")]
    public void A_time_without_a_year_is_in_the_past_twelve_months_give_or_take_a_clock_a_day_ahead(string time, string date)
    {
        Assert.StartsWith($"File 1 {date}T", Describe(Entry(ListingFormat.List, $"-rw-r--r-- 1 a b 1 {time} x")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2023-12-31T23:30:00Z", "Jan  1 08:30", "2024-01-01")]
    [InlineData("2023-12-31T23:30:00Z", "Jan  2 08:30", "2023-01-02")]
    [InlineData("2024-01-01T00:10:00Z", "Dec 31 23:59", "2023-12-31")]
    [InlineData("2012-01-01T00:30:00Z", "Jan 01 00:03", "2012-01-01")]
    [InlineData("2018-01-04T12:00:00Z", "Dec 20 10:00", "2017-12-20")]
    [InlineData("2025-08-15T12:00:00Z", "Jan 20 10:00", "2025-01-20")]
    [InlineData("2023-03-01T00:00:00Z", "Feb 29 12:00", "2020-02-29")]
    [InlineData("2103-03-01T00:00:00Z", "Feb 29 12:00", "2096-02-29")]
    public void The_turn_of_the_year_and_29_February_are_told_right(string now, string time, string date)
    {
        var at = DateTimeOffset.Parse(now, System.Globalization.CultureInfo.InvariantCulture);
        Assert.StartsWith($"File 1 {date}T", Describe(Entry(ListingFormat.List, $"-rw-r--r-- 1 a b 1 {time} x", at)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Jan 15 10:22", 60)]
    [InlineData("Jan 15  2021", 86400)]
    [InlineData("2024-01-15 10:22:33", 1)]
    [InlineData("2024-01-15 10:22:33.123", 0.001)]
    public void The_precision_of_a_time_is_known(string time, double seconds)
    {
        Assert.Equal(seconds, Entry(ListingFormat.List, $"-rw-r--r-- 1 a b 1 {time} x").TimePrecision.TotalSeconds);
    }

    [Fact]
    public void Blanks_before_all_names_are_the_tables_and_those_before_some_are_their_own()
    {
        Assert.Equal(["a", " b"], Names(null, "     .", "     a", "      b"));
        Assert.Equal(["a", "b"], Names(null, "  a", "  b"));
        Assert.Equal([" a", "b"], Names(null, " a", "b"));
        Assert.Equal([" a", " b"], Names(null, ".", " a", " b"));
        Assert.Equal(["     a"], Names(null, "     a"));

        // Where another listing has shown it.
        Assert.Equal(["a"], Names(5, "     a"));
        Assert.Equal([" a"], Names(1, "  a"));
        Assert.Equal(["  a", "  b"], Names(0, "  a", "  b"));
        Assert.True(Parse(ListingFormat.List, Lines("     .", "     ..")).ShowsItself);

        static string Lines(params string[] names) => string.Concat(names.Select(name => $"-rw-r--r-- 1 a b 1 Jan 15 10:22 {name}\r\n"));

        static IEnumerable<string> Names(int? known, params string[] names)
        {
            var parser = new ListingParser(ListingFormat.List, NameEncoding.Utf8, Now, padding: known);
            parser.Append(NapterFtp.Core.Tests.Ftp.FtpBytes.Bytes(Lines(names)));
            return parser.Complete().Entries.Select(entry => entry.Name);
        }
    }
}
