using System.Buffers.Binary;
using CsCheck;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

public sealed class TlsTransportTests
{
    [Fact]
    public async Task Records_come_out_whole_and_in_order_however_they_arrive()
    {
        var steps = Gen.Select(Gen.Int[0, 16_640].Array[1, 30], Gen.Int[1, 70_000].Array[1, 20], Gen.Int[1, 40_000].Array[1, 20]);
        await steps.SampleAsync(
            async (records, arrivals, asks) =>
            {
                var sent = records.SelectMany(Record).ToArray();
                var (near, far) = MemoryConnection.CreatePair(capacity: 1 << 20);
                await using var transport = new TlsTransport(near);
                var sending = SendAsync(far, sent, arrivals);
                using var got = new MemoryStream();
                for (var i = 0; ; i++)
                {
                    if (transport.HasArrivals)
                    {
                        await transport.FetchAsync(default);
                    }

                    var buffer = new byte[asks[i % asks.Length]];
                    var read = await transport.ReadAsync(buffer);
                    if (read == 0)
                    {
                        break;
                    }

                    got.Write(buffer, 0, read);
                }

                await sending;
                Assert.Equal(sent, got.ToArray());
                Assert.True(transport.ReachedEnd);
            },
            iter: 100);
    }

    /// <summary>As where the system's TLS takes close_notify without a word, which Wine's does.</summary>
    [Theory]
    [InlineData(21, 0, true)]
    [InlineData(21, 1, false)]
    [InlineData(23, 0, false)]
    public async Task An_alert_behind_which_the_stream_is_read_on_to_its_end_was_close_notify(byte type, int missing, bool endedBehindAlert)
    {
        var (near, far) = MemoryConnection.CreatePair();
        await using var transport = new TlsTransport(near);
        var last = Record(26);
        last[0] = type;
        await far.WriteAsync(Record(100), default);
        await far.WriteAsync(last.AsMemory(0, last.Length - missing), default);
        await far.CompleteWritesAsync(default);
        Assert.False(transport.EndedBehindAlert);
        while (await transport.ReadAsync(new byte[1000]) > 0)
        {
        }

        Assert.Equal((true, endedBehindAlert), (transport.ReachedEnd, transport.EndedBehindAlert));
    }

    [Fact]
    public async Task Only_a_record_that_is_here_whole_can_be_had_at_once()
    {
        var (near, far) = MemoryConnection.CreatePair();
        await using var transport = new TlsTransport(near);
        byte[] two = [.. Record(100), .. Record(200)];
        await far.WriteAsync(two.AsMemory(0, two.Length - 1), default);
        var buffer = new byte[105];
        Assert.Equal(105, await transport.ReadAsync(buffer));
        Assert.False(transport.HasRecord);
        await far.WriteAsync(two.AsMemory(two.Length - 1), default);
        await far.WriteAsync(Record(300), default);
        Assert.Equal(205, await transport.ReadAsync(new byte[300]));
        Assert.True(transport.HasRecord);
    }

    [Fact]
    public async Task What_came_meanwhile_is_fetched_without_a_wait_for_more()
    {
        var (near, far) = MemoryConnection.CreatePair();
        await using var transport = new TlsTransport(near);
        byte[] three = [.. Record(100), .. Record(200), .. Record(300)];
        await far.WriteAsync(three.AsMemory(0, 200), default);
        Assert.Equal(105, await transport.ReadAsync(new byte[105]));
        Assert.False(transport.HasArrivals);

        await far.WriteAsync(three.AsMemory(200, 250), default);
        Assert.True(transport.HasArrivals);
        await transport.FetchAsync(default);
        Assert.True(transport.HasRecord);
        Assert.False(transport.HasArrivals);
        Assert.Equal(205, await transport.ReadAsync(new byte[1000]));
        Assert.False(transport.HasRecord);

        await far.WriteAsync(three.AsMemory(450), default);
        Assert.Equal(305, await transport.ReadAsync(new byte[1000]));
    }

    [Fact]
    public async Task What_is_not_tls_is_handed_on_without_waiting()
    {
        var (near, far) = MemoryConnection.CreatePair();
        await using var transport = new TlsTransport(near);
        await far.WriteAsync("220 ready\r\n"u8.ToArray(), default);
        Assert.True(await transport.ReadAsync(new byte[100]) > 0);
    }

    [Fact]
    public async Task A_stream_that_ends_within_a_record_hands_out_what_came()
    {
        var (near, far) = MemoryConnection.CreatePair();
        await using var transport = new TlsTransport(near);
        await far.WriteAsync(Record(1000).AsMemory(0, 300), default);
        await far.CompleteWritesAsync(default);
        var buffer = new byte[2000];
        Assert.Equal(300, await transport.ReadAsync(buffer));
        Assert.Equal(0, await transport.ReadAsync(buffer));
    }

    private static byte[] Record(int length)
    {
        var record = new byte[5 + length];
        new Random(length).NextBytes(record);
        (record[0], record[1], record[2]) = (23, 3, 3);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)length);
        return record;
    }

    private static async Task SendAsync(MemoryConnection connection, byte[] bytes, int[] sizes)
    {
        for (int i = 0, sent = 0; sent < bytes.Length; i++)
        {
            var size = Math.Min(sizes[i % sizes.Length], bytes.Length - sent);
            await connection.WriteAsync(bytes.AsMemory(sent, size), default);
            sent += size;
        }

        await connection.CompleteWritesAsync(default);
    }
}
