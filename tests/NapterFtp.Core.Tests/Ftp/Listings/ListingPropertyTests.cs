using System.Globalization;
using System.Text;
using CsCheck;
using NapterFtp.Ftp.Listings;
using NapterFtp.Fuzz;

namespace NapterFtp.Core.Tests.Ftp.Listings;

public sealed class ListingPropertyTests
{
    private static readonly DateTimeOffset Now = ListingText.Now;

    private static readonly Gen<byte[]> AnyText = Gen.OneOf(
        Gen.OneOf(
            "-rw-r--r-- 1 a b 12 Jan 15 10:22 ", "d", "lrwxrwxrwx 1 a b 3 Feb 29 10:22 a -> b", "01-15-24  10:22PM  <DIR>  ", "type=file;", "size=1;",
            "modify=20240115102233; ", " ", "\r\n", "\n", "2024-01-15", "Jan 15  2021 ", "/", "..", "total 1").Select(Encoding.Latin1.GetBytes),
        Gen.Byte.Array[0, 8]).Array[0, 20].Select(parts => parts.SelectMany(part => part).ToArray());

    // What a file can be called on a Unix server: anything but a slash, a NUL, and what would end the line.
    private static readonly Gen<string> Name = Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.OneOf('計', '測', 'é', 'ß', '-', '>', ' ')), 1, 20]
        .Where(name => !name.Contains('/', StringComparison.Ordinal) && name is not ("." or ".."));

    private static readonly Gen<long> Length = Gen.OneOf(Gen.Long[0, 100_000], Gen.Long[0, long.MaxValue]);

    [Fact]
    public void Any_bytes_are_read_the_same_in_any_pieces() => AnyText.Sample(ListingInvariants.Check, iter: 50);

    [Fact]
    public void Unix_lines_are_read_back_with_name_length_and_time()
    {
        var minutesAgo = Gen.Int[0, 364 * 24 * 60];
        Gen.Select(Name, Length, minutesAgo).Sample((name, length, minutes) =>
        {
            var time = Now.AddMinutes(-minutes);
            var line = string.Create(CultureInfo.InvariantCulture, $"-rw-r--r--    1 ftp      ftp {length,12} {time:MMM dd HH:mm} {name}");
            AssertEntry(ListingFormat.List, line, name, length, time);
        });
    }

    [Fact]
    public void Dos_lines_are_read_back_with_name_length_and_time()
    {
        Gen.Select(Name, Length, Gen.Int[0, 20_000_000]).Sample((name, length, minutes) =>
        {
            var time = Now.AddMinutes(-minutes);
            AssertEntry(ListingFormat.List, string.Create(CultureInfo.InvariantCulture, $"{time:MM-dd-yy  hh:mmtt} {length,20} {name}"), name, length, time);
            AssertEntry(ListingFormat.List, string.Create(CultureInfo.InvariantCulture, $"{time:MM-dd-yyyy  HH:mm} {length,20} {name}"), name, length, time);
        });
    }

    [Fact]
    public void Mlsd_lines_are_read_back_with_name_length_and_time()
    {
        Gen.Select(Name, Length, Gen.Int[0, 1_000_000_000]).Sample((name, length, seconds) =>
        {
            var time = Now.AddSeconds(-seconds);
            AssertEntry(ListingFormat.Mlsd, string.Create(CultureInfo.InvariantCulture, $"type=file;size={length};modify={FtpTime.Format(time)}; {name}"), name, length, time);
        });
    }

    private static void AssertEntry(ListingFormat format, string line, string name, long length, DateTimeOffset time)
    {
        var parser = new ListingParser(format, NameEncoding.Utf8, Now);
        parser.Append(Encoding.UTF8.GetBytes(line + "\r\n"));
        var entry = Assert.Single(parser.Complete().Entries);
        Assert.Equal((name, ListingEntryType.File, length, time), (entry.Name, entry.Type, entry.Length, entry.LastWriteTime));
    }
}
