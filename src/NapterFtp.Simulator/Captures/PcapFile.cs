using System.Buffers.Binary;
using System.Net;

namespace NapterFtp.Simulator.Captures;

/// <summary>Writes packets as the libpcap format has them, with link type RAW: IPv4 packets with nothing around them.</summary>
internal static class PcapFile
{
    private const uint Magic = 0xa1b2c3d4;
    private const int LinkTypeRaw = 101;
    private const int SnapLength = 65_535;

    // RFC 791 and RFC 9293: headers without options.
    private const int IpHeader = 20;
    private const int TcpHeader = 20;
    private const byte Tcp = 6;
    private const byte PushAndAcknowledge = 0x18;

    /// <summary>The longest payload of a packet on a mobile network.</summary>
    public const int LongestPayload = 1360;

    public static byte[] Header()
    {
        var header = new byte[24];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(6), 4);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(16), SnapLength);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(20), LinkTypeRaw);
        return header;
    }

    /// <summary>One TCP segment with its packet and record headers.</summary>
    public static byte[] Packet(DateTimeOffset time, IPEndPoint from, IPEndPoint to, uint sequence, uint acknowledged, ReadOnlySpan<byte> payload)
    {
        var length = IpHeader + TcpHeader + payload.Length;
        var record = new byte[16 + length];
        var milliseconds = time.ToUnixTimeMilliseconds();
        BinaryPrimitives.WriteUInt32LittleEndian(record, (uint)(milliseconds / 1000));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(4), (uint)(milliseconds % 1000 * 1000));
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(8), length);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(12), length);

        var ip = record.AsSpan(16);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)length);
        ip[8] = 64;
        ip[9] = Tcp;
        from.Address.MapToIPv4().GetAddressBytes().CopyTo(ip[12..]);
        to.Address.MapToIPv4().GetAddressBytes().CopyTo(ip[16..]);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..IpHeader]));

        var tcp = ip[IpHeader..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], acknowledged);
        tcp[12] = TcpHeader / 4 << 4;
        tcp[13] = PushAndAcknowledge;
        BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], ushort.MaxValue);
        payload.CopyTo(tcp[TcpHeader..]);
        return record;
    }

    /// <summary>RFC 1071.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> header)
    {
        uint sum = 0;
        for (var i = 0; i < header.Length; i += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(header[i..]);
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
