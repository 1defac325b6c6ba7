using NapterFtp.Ftp.Listings;
using static NapterFtp.Core.Tests.Ftp.FtpBytes;
using static NapterFtp.Core.Tests.Ftp.Listings.ListingText;

namespace NapterFtp.Core.Tests.Ftp.Listings;

public sealed class NameEncodingTests
{
    [Theory]
    [InlineData("shift_jis")]
    [InlineData("Shift_JIS")]
    [InlineData("932")]
    public void Shift_jis_names_are_read_and_written(string name)
    {
        var names = NameEncoding.Find(name);
        var entry = Assert.Single(Parse(ListingFormat.List, "-rw-r--r-- 1 a b 1 Jan 15 10:22 \x83\x5C\x95\x5C.csv\r\n", names).Entries);
        Assert.Equal("ソ表.csv", entry.Name);
        Assert.True(entry.NameIsExact);
        Assert.Equal("\x83\x5C\x95\x5C.csv", Latin1(names.Encode(entry.Name)));
    }

    [Fact]
    public void A_name_that_is_not_in_the_encoding_keeps_its_bytes_and_says_so()
    {
        var entry = Assert.Single(Parse(ListingFormat.Nlst, "\x83\x5C\xFF.csv\r\n").Entries);
        Assert.False(entry.NameIsExact);
        Assert.Equal("\x83\x5C\xFF.csv", entry.Name);
        Assert.Equal("\x83\x5C\xFF.csv", Latin1(entry.NameBytes));
    }

    [Fact]
    public void A_name_that_the_encoding_lacks_is_refused_with_advice()
    {
        var error = Assert.Throws<NapterFtpException>(() => NameEncoding.Find("shift_jis").Encode("😀"));
        Assert.Equal("NameNotInEncoding", error.ErrorId);
        Assert.NotNull(error.Advice);
    }

    [Theory]
    [InlineData("no-such-encoding")]
    [InlineData("utf-16")]
    [InlineData("utf-32")]
    [InlineData("99999")]
    [InlineData("-1")]
    [InlineData("")]
    public void What_cannot_be_an_encoding_of_names_is_refused(string name)
    {
        Assert.Equal("UnknownEncoding", Assert.Throws<NapterFtpException>(() => NameEncoding.Find(name)).ErrorId);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("euc-jp")]
    [InlineData("iso-8859-1")]
    [InlineData("us-ascii")]
    [InlineData("gb18030")]
    public void Encodings_of_names_are_found_by_name(string name)
    {
        Assert.Equal("a/b", NameEncoding.Find(name).Decode("a/b"u8, out var isExact));
        Assert.True(isExact);
    }
}
