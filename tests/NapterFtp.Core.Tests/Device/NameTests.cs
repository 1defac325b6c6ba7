using System.Text;
using CsCheck;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Device;

public sealed class NameTests
{
    [Theory]
    [InlineData("utf-8", "caf\xC3\xA9", "caf\u00E9")]
    [InlineData("utf-8", "a\xFF" + "b", "a\uF0FFb")]
    [InlineData("utf-8", "\xEF\x82\x80", "\uF0EF\uF082\uF080")]
    [InlineData("shift_jis", "\x89\xB7\x93\x78", "温度")]
    [InlineData("shift_jis", "a\x81", "a\uF081")]
    [InlineData("iso-8859-1", "\xE9", "\u00E9")]
    public void A_name_on_the_wire_becomes_text_or_escapes(string encoding, string wire, string fileName)
    {
        var names = new NameMapping(encoding);
        Assert.Equal(fileName, names.ToFileName(wire));
        Assert.Equal(wire, names.ToWire(fileName));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("shift_jis")]
    [InlineData("euc-jp")]
    public void Any_bytes_come_back_as_the_same_bytes(string encoding)
    {
        var names = new NameMapping(encoding);
        Gen.Byte.Array[1, 12].Select(Encoding.Latin1.GetString).Sample(wire => names.ToWire(names.ToFileName(wire)) == wire);
    }

    [Fact]
    public void Different_bytes_never_become_the_same_file()
    {
        var names = new NameMapping("shift_jis");
        var bytes = Gen.Byte.Array[1, 4].Select(Encoding.Latin1.GetString);
        Gen.Select(bytes, bytes).Where((a, b) => a != b).Sample((a, b) => names.ToFileName(a) != names.ToFileName(b));
    }

    [Fact]
    public void A_name_that_the_encoding_lacks_shows_question_marks() => Assert.Equal("??.txt", new NameMapping("iso-8859-1").ToWire("温度.txt"));

    [Theory]
    [InlineData("Default", "\xFF\xFE raw \xFF")]
    [InlineData("Default", "\x83\x8D\x83\x4F.csv")]
    [InlineData("ShiftJisNames", "\x83\x8D\x83\x4F.csv")]
    [InlineData("ShiftJisNames", "\xFF\xFF")]
    public async Task Names_of_any_bytes_upload_list_and_download(string profile, string name)
    {
        await using var fixture = await DeviceFixture.StartAsync(DeviceProfiles.Find(profile));
        using var client = await fixture.LogInAsync();
        var doubled = name.Replace("\xFF", "\xFF\xFF", StringComparison.Ordinal);

        Assert.StartsWith("226", (await client.PutAsync("STOR " + doubled, "abc"u8.ToArray()))[^1], StringComparison.Ordinal);
        Assert.Equal(name + "\r\n", Encoding.Latin1.GetString((await client.GetAsync("NLST")).Data));
        Assert.Equal("abc"u8.ToArray(), (await client.GetAsync("RETR " + doubled)).Data);

        await client.SendAsync("MKD d" + doubled);
        await client.SendAsync("CWD d" + doubled);
        Assert.Equal($"257 \"/d{doubled}\" is the current directory.", await client.SendAsync("PWD"));
    }

    [Theory]
    [InlineData("NOOP", "NOOP")]
    [InlineData("a\xFF\xFF" + "b", "a\xFF" + "b")]
    [InlineData("\xFF\xF4\xFF\xF2" + "ABOR", "ABOR")]
    [InlineData("a\xFF\xFB\x01" + "b", "ab")]
    [InlineData("a\xFF" + "b", "a\xFF" + "b")]
    [InlineData("a\xFF", "a\xFF")]
    [InlineData("a\xFF\xFB", "a")]
    public void Telnet_commands_are_taken_out_of_lines(string line, string expected) =>
        Assert.Equal(expected, ControlLineReader.StripTelnet(line));
}
