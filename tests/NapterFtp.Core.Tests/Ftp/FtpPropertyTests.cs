using System.Net;
using System.Text;
using CsCheck;
using NapterFtp.Ftp;
using NapterFtp.Fuzz;

namespace NapterFtp.Core.Tests.Ftp;

public sealed class FtpPropertyTests
{
    private static readonly Gen<byte[]> Dialogue = Gen.OneOf(
        Gen.OneOf(
            "220", "226-", "226", "227 ", "229 ", "211-", " AUTH TLS", " SIZE", "PASS ", "RETR ", "(10,0,0,1,4,1)", "(|||1025|)",
            "-", " ", "\r\n", "\r\n", "\n", "\r", "\0", "\xFF", "\xFF\xF4", "\xFF\xFF").Select(Encoding.Latin1.GetBytes),
        Gen.Byte.Array[0, 6],
        Gen.Byte.Array[150, 250]).Array[0, 30].Select(parts => parts.SelectMany(part => part).ToArray());

    private static readonly Gen<IPAddress> IPv4 = Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes));
    private static readonly Gen<IPAddress> IPv6 = Gen.Byte.Array[16].Select(bytes => new IPAddress(bytes));
    private static readonly Gen<int> Port = Gen.Int[1, IPEndPoint.MaxPort];

    [Fact]
    public void Replies_read_the_same_in_any_pieces_and_lose_no_byte() => Dialogue.Sample(ReaderInvariants.Replies);

    [Fact]
    public void Commands_read_the_same_in_any_pieces_and_lose_no_byte() => Dialogue.Sample(ReaderInvariants.Commands);

    [Fact]
    public void Any_text_names_a_port_in_range_or_none() => Dialogue.Sample(AddressInvariants.Check);

    [Fact]
    public void Any_reply_to_feat_can_be_rewritten() => Dialogue.Sample(FeatureInvariants.Check);

    [Fact]
    public void A_passive_reply_that_is_written_can_be_read()
    {
        Gen.Select(IPv4, Port).Sample((host, port) =>
        {
            var reply = new FtpReply(227, PassiveReply.Format227(host, port));
            Assert.True(PassiveReply.TryParse(reply, out var address));
            Assert.Equal(new PassiveAddress(host, port), address);
        });
        Port.Sample(port =>
        {
            Assert.True(PassiveReply.TryParse(new FtpReply(229, PassiveReply.Format229(port)), out var address));
            Assert.Equal(new PassiveAddress(null, port), address);
        });
    }

    [Fact]
    public void The_address_of_any_end_point_can_be_read_from_port_and_eprt()
    {
        Gen.Select(IPv4, Port).Sample((host, port) =>
        {
            var numbers = string.Join(',', [.. host.GetAddressBytes(), (byte)(port >> 8), (byte)port]);
            Assert.True(PortCommand.TryParsePort(FtpBytes.Bytes(numbers), out var endPoint));
            Assert.Equal(new IPEndPoint(host, port), endPoint);
        });
        Gen.Select(Gen.OneOf(IPv4, IPv6), Port, Gen.OneOf('|', '!', '#', '~')).Sample((host, port, d) =>
        {
            var protocol = host.GetAddressBytes().Length == 4 ? 1 : 2;
            Assert.True(PortCommand.TryParseEprt(FtpBytes.Bytes($"{d}{protocol}{d}{host}{d}{port}{d}"), out var endPoint));
            Assert.Equal(new IPEndPoint(host, port), endPoint);
        });
    }

    [Fact]
    public void A_command_of_our_own_is_read_back_with_its_argument_whatever_its_bytes()
    {
        Gen.Byte.Where(b => b is not (0 or (byte)'\r' or (byte)'\n')).Array[1, 40].Sample(argument =>
        {
            var command = FtpBytes.Command(FtpBytes.Latin1(FtpCommand.Create("RETR", argument).Raw));
            Assert.Equal("RETR", command.Verb);
            Assert.Equal(argument, command.Argument.ToArray());
        });
    }
}
