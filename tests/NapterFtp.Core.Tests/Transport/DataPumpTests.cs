using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

public sealed class DataPumpTests
{
    private readonly ByteCounters _counters = new();
    private readonly MemoryConnection _client;
    private readonly MemoryConnection _device;
    private readonly MemoryConnection _clientSide;
    private readonly MemoryConnection _deviceSide;

    public DataPumpTests()
    {
        (_client, _clientSide) = MemoryConnection.CreatePair();
        (_device, _deviceSide) = MemoryConnection.CreatePair();
    }

    [Fact]
    public async Task Bytes_go_both_ways_and_each_end_is_passed_on()
    {
        var down = RandomNumberGenerator.GetBytes(1_000_000);
        var up = RandomNumberGenerator.GetBytes(700_000);
        var pump = Start();
        var results = await Task.WhenAll(
            ReadToEndAsync(_client), ReadToEndAsync(_device), SendAsync(_device, down), SendAsync(_client, up));

        Assert.Equal(down, results[0]);
        Assert.Equal(up, results[1]);
        var result = await pump.Completion;
        Assert.True(result.Succeeded);
        Assert.Null(result.Failure);
        Assert.Equal((1_000_000, 700_000), (result.FromDevice, result.ToDevice));
        Assert.Equal((1_000_000, 700_000), (_counters.FromDevice, _counters.ToDevice));
    }

    [Fact]
    public async Task One_direction_goes_on_after_the_other_has_ended()
    {
        var pump = Start();
        await _client.CompleteWritesAsync(default);
        await pump.ToDeviceCompleted;
        Assert.Empty(await ReadToEndAsync(_device));
        Assert.False(pump.FromDeviceCompleted.IsCompleted);
        await SendAsync(_device, [1, 2, 3]);
        Assert.Equal([1, 2, 3], await ReadToEndAsync(_client));
        Assert.True((await pump.Completion).Succeeded);
    }

    [Fact]
    public async Task A_slow_reader_holds_the_writer_back()
    {
        var pump = Start();
        var sending = SendAsync(_device, new byte[4_000_000]);
        var buffer = new byte[1];
        await _client.ReadAsync(buffer, default);
        Assert.False(sending.IsCompleted);
        Assert.InRange(_counters.FromDevice, 0, 1_000_000);
        Assert.Equal(4_000_000 - 1, (await ReadToEndAsync(_client)).Length);
        await sending;
        pump.Abort();
        await pump.Completion;
    }

    [Fact]
    public async Task A_broken_device_aborts_the_client_and_is_named()
    {
        var pump = Start();
        _device.Abort();
        var result = await pump.Completion;
        Assert.Equal(DataPumpEnd.DeviceRead, result.End);
        Assert.Equal((FailingSide.Device, NapterFtpErrorKind.Connection), (result.Failure!.Side, result.Failure.Kind));
        Assert.Contains("device", result.Failure.Message, StringComparison.Ordinal);
        Assert.True(_clientSide.Aborted);
    }

    [Fact]
    public async Task A_client_that_stops_reading_for_good_is_named()
    {
        var pump = Start();
        await _client.DisposeAsync();
        await SendAsync(_device, new byte[100]);
        var result = await pump.Completion;
        Assert.Equal(DataPumpEnd.ClientWrite, result.End);
        Assert.True(_deviceSide.Aborted);
    }

    [Fact]
    public async Task Silence_ends_the_pump_after_the_idle_time_out()
    {
        var time = new FakeTimeProvider();
        var pump = Start(new DataPumpOptions { IdleTimeout = TimeSpan.FromMinutes(1), Time = time });
        time.Advance(TimeSpan.FromSeconds(50));
        await _device.WriteAsync(new byte[10], default);
        await _client.ReadAsync(new byte[10], default);
        time.Advance(TimeSpan.FromSeconds(50));
        Assert.False(pump.Completion.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(DataPumpEnd.Idle, (await pump.Completion).End);
    }

    [Fact]
    public async Task Cancellation_aborts_both_sides()
    {
        using var cancel = new CancellationTokenSource();
        var pump = DataPump.Start(_clientSide, _deviceSide, _counters, new DataPumpOptions(), cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal(DataPumpEnd.Aborted, (await pump.Completion).End);
        Assert.True(_clientSide.Aborted && _deviceSide.Aborted);
    }

    private static async Task<byte[]> ReadToEndAsync(Connection connection)
    {
        using var all = new MemoryStream();
        var buffer = new byte[10_000];
        while (await connection.ReadAsync(buffer, default) is var read and > 0)
        {
            all.Write(buffer, 0, read);
        }

        return all.ToArray();
    }

    private static async Task<byte[]> SendAsync(Connection connection, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length; sent += 50_000)
        {
            await connection.WriteAsync(bytes.AsMemory(sent, Math.Min(50_000, bytes.Length - sent)), default);
        }

        await connection.CompleteWritesAsync(default);
        return bytes;
    }

    private DataPump Start(DataPumpOptions? options = null) =>
        DataPump.Start(_clientSide, _deviceSide, _counters, options ?? new DataPumpOptions(), default);
}
