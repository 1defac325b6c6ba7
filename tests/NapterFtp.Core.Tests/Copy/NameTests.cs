using NapterFtp.Copy;
using NapterFtp.Ftp;

namespace NapterFtp.Core.Tests.Copy;

public sealed class NameTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(9));

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("..\\up")]
    [InlineData("C:evil")]
    [InlineData("bell\a")]
    [InlineData("line\nbreak")]
    public void A_name_that_leads_elsewhere_is_refused_everywhere(string name)
    {
        Assert.NotNull(LocalNames.Fault(name, windows: false));
        Assert.NotNull(LocalNames.Fault(name, windows: true));
    }

    [Theory]
    [InlineData("NUL")]
    [InlineData("com1.log")]
    [InlineData("aux .txt")]
    [InlineData("LPT²")]
    [InlineData("what?")]
    [InlineData("12:30.csv")]
    [InlineData("dot.")]
    [InlineData("space ")]
    public void A_name_that_only_Windows_reserves_is_refused_there_alone(string name)
    {
        Assert.Null(LocalNames.Fault(name, windows: false));
        Assert.NotNull(LocalNames.Fault(name, windows: true));
    }

    [Theory]
    [InlineData("report 2024.csv")]
    [InlineData("温度ログ.csv")]
    [InlineData(".hidden")]
    [InlineData("console.log")]
    public void Ordinary_names_are_taken_everywhere(string name)
    {
        Assert.Null(LocalNames.Fault(name, windows: false));
        Assert.Null(LocalNames.Fault(name, windows: true));
    }

    [Theory]
    [InlineData("utf-8", new byte[] { 0x61, 0xFF, 0xE3, 0x81, 0x82, 0xE3, 0x81 })]
    [InlineData("shift_jis", new byte[] { 0x83, 0x5C, 0xFF, 0x8A, 0xBF, 0x81 })]
    [InlineData("shift_jis", new byte[] { 0xED, 0x40, 0x61 })]
    [InlineData("iso-8859-1", new byte[] { 0xE9, 0xFF, 0x80 })]
    public void Any_bytes_become_a_string_that_becomes_the_same_bytes(string encoding, byte[] bytes)
    {
        var codec = NameCodec.Find(encoding);

        var name = codec.Decode(bytes);

        Assert.Equal(bytes, codec.Encode(name));
        Assert.DoesNotContain(NameCodec.ForPeople(name), char.IsSurrogate);
    }

    [Fact]
    public void A_name_in_its_encoding_reads_as_meant() =>
        Assert.Equal("表示ソ.txt", NameCodec.Find("932").Decode([0x95, 0x5C, 0x8E, 0xA6, 0x83, 0x5C, 0x2E, 0x74, 0x78, 0x74]));

    [Theory]
    [InlineData("*.csv", "A.CSV", true)]
    [InlineData("log-?[0-9].txt", "log-a7.txt", true)]
    [InlineData("log-?[0-9].txt", "log-a.txt", false)]
    [InlineData("a`[1].txt", "a[1].txt", true)]
    [InlineData("[", "[", true)]
    [InlineData("a.c", "abc", false)]
    public void Wildcards_match_as_PowerShells_do(string pattern, string name, bool matches) =>
        Assert.Equal(matches, new Wildcard(pattern).IsMatch(name));

    [Theory]
    [InlineData("log/../etc/./x", "/home", "/home/etc/x")]
    [InlineData("/../../x", "/", "/x")]
    [InlineData("log\\a.csv", "/", "/log/a.csv")]
    [InlineData("/", "/home", "/")]
    public void Paths_on_the_device_never_go_above_its_root(string path, string home, string expected) =>
        Assert.Equal(expected, RemotePath.Resolve(path, home));

    [Fact]
    public void A_destination_takes_the_devices_values()
    {
        var device = new DeviceNames("001010000000001", null, 21, null);

        Assert.Equal("./pulled/001010000000001/21", NameTemplate.ExpandDestination("./pulled/{Imsi}/{DevicePort}", device, Noon));
        Assert.Equal("./pump 3", NameTemplate.ExpandDestination("./{name}", device with { Name = "pump 3" }, Noon));
        Assert.Equal("InvalidDestination", Assert.Throws<NapterFtpException>(() => NameTemplate.ExpandDestination("{SimId}", device, Noon)).ErrorId);
        Assert.Equal("InvalidDestination", Assert.Throws<NapterFtpException>(() => NameTemplate.ExpandDestination("{What}", device, Noon)).ErrorId);
        Assert.Equal("InvalidDestination", Assert.Throws<NapterFtpException>(() => NameTemplate.ExpandDestination("./{Today:yyyyMMdd}", device, Noon)).ErrorId);
        Assert.Equal("./{Today:yyyyMMdd}", NameTemplate.ExpandDestination("./{{Today:yyyyMMdd}}", device, Noon));
        Assert.Equal("UnsafeFileName", Assert.Throws<NapterFtpException>(() => NameTemplate.ExpandDestination("{Name}", device with { Name = "../up" }, Noon)).ErrorId);
    }

    [Fact]
    public void A_partial_file_belongs_to_one_version_of_one_source()
    {
        var time = new DateTimeOffset(2024, 1, 2, 3, 4, 5, TimeSpan.Zero);
        var name = PartialName.For("a.csv", "d:21", "/a.csv", 10, time);

        Assert.Equal(name, PartialName.For("a.csv", "d:21", "/a.csv", 10, time));
        Assert.NotEqual(name, PartialName.For("a.csv", "d:21", "/a.csv", 11, time));
        Assert.NotEqual(name, PartialName.For("a.csv", "d:21", "/a.csv", 10, time.AddSeconds(1)));
        Assert.NotEqual(name, PartialName.For("a.csv", "d:21", "/b/a.csv", 10, time));
        Assert.True(PartialName.IsFor(name, "a.csv"));
        Assert.True(System.Text.Encoding.UTF8.GetByteCount(PartialName.For(new string('長', 85), "d", "/", 1, time)) <= 255);
    }

    [Theory]
    [InlineData("/log/{Date:yyyyMMdd}.csv", "/log/20260301.csv")]
    [InlineData("/log/{Yesterday:yyyy-MM-dd}/*", "/log/2026-02-28/*")]
    [InlineData("/log/{date}", "/log/20260301")]
    [InlineData("/log/{Date:yyyy/MM}/{x}", "/log/2026/03/{x}")]
    [InlineData("/log/{Date:d}", "/log/1")]
    [InlineData("/log/{{Date}}", "/log/{{Date}}")]
    public void Dates_take_the_place_of_their_placeholders_and_other_braces_stay(string template, string expected) =>
        Assert.Equal(expected, NameTemplate.ExpandDates(template, Noon));

    [Theory]
    [InlineData("done", "/log/done", true)]
    [InlineData("done", "/log/undone", false)]
    [InlineData("done/{Date:yyyyMM}", "/log/done", true)]
    [InlineData("{Date:yyyyMMdd}", "/log/20251224", true)]
    [InlineData("{Date:yyyyMMdd}", "/log/2025", false)]
    [InlineData("{Date:d MMM}-x", "/log/24 Dec-x", true)]
    [InlineData("/archive/{Date:yyyy}", "/archive/2025", true)]
    [InlineData("/archive/{Date:yyyy}", "/archive", false)]
    [InlineData("..", "/log", false)]
    public void A_folder_that_sources_are_moved_to_on_any_day_is_known(string template, string folder, bool expected) =>
        Assert.Equal(expected, NameTemplate.MayBe(template, folder));

    [Fact]
    public void A_date_format_that_is_none_says_so() =>
        Assert.Equal("InvalidTemplate", Assert.Throws<NapterFtpException>(() => NameTemplate.ExpandDates("{Date:yyyy'}", Noon)).ErrorId);
}
