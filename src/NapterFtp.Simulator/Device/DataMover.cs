using System.Buffers;
using System.Globalization;
using System.Net.Sockets;

namespace NapterFtp.Simulator.Device;

/// <summary>Moves a transfer's bytes over its data connection, at the profile's pace and up to the fault's point.</summary>
internal sealed class DataMover(Socket data, DeviceSession session, DeviceFault? fault, CancellationToken cancellationToken)
{
    private const int BufferSize = 256 * 1024;
    private const int TailSize = 4096;
    private readonly int _rate = session.Profile.BytesPerSecond;
    private long _moved;

    /// <summary>Run once before the last few bytes of a download go out.</summary>
    public Func<Task>? BeforeTail { get; init; }

    /// <summary>Sends all from the stream's position on.</summary>
    public async Task SendAsync(Stream source)
    {
        var length = source.Length - source.Position;
        if (session.Device.Options.SystemSendsFiles && source is FileStream { Position: 0 } file && fault is null && _rate == 0 && BeforeTail is null)
        {
            // The system copies from the file to the socket by itself, which spares a simulated gigabyte most of its cost.
            await data.SendFileAsync(file.Name, default, default, TransmitFileOptions.UseDefaultWorkerThread, cancellationToken);
            session.Device.Counters.Sent(length);
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await source.ReadAsync(buffer.AsMemory(0, ChunkSize(length)), cancellationToken) is > 0 and var read)
            {
                if (BeforeTail is not null && _moved + read > length - TailSize)
                {
                    await BeforeTail();
                }

                var allowed = Allowed(read);
                await SendAllAsync(buffer.AsMemory(0, allowed));
                session.Device.Counters.Sent(allowed);
                _moved += allowed;
                if (allowed < read)
                {
                    await ActAsync();
                    return;
                }

                await PaceAsync(allowed);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Receives until the client ends the data.</summary>
    public async Task ReceiveAsync(FileStream target)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var truncated = false;
            while (await data.ReceiveAsync(buffer.AsMemory(0, ChunkSize(long.MaxValue)), SocketFlags.None, cancellationToken) is > 0 and var read)
            {
                var allowed = truncated ? 0 : Allowed(read);

                // Not asynchronous: it only copies into the system's cache, and .NET would hand it to another thread for that.
                target.Write(buffer, 0, allowed);
                session.Device.Counters.Received(read);
                _moved += allowed;
                if (allowed < read && !truncated)
                {
                    await ActAsync();
                    truncated = true;
                }

                await PaceAsync(read);
            }

            // Complete on disk before 226 says so.
            await target.DisposeAsync();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private int ChunkSize(long length)
    {
        var size = _rate == 0 ? BufferSize : Math.Clamp(_rate / 10, 256, BufferSize);
        return BeforeTail is null ? size : (int)Math.Min(size, Math.Max(TailSize, length - TailSize - _moved));
    }

    private int Allowed(int bytes) => fault is null ? bytes : (int)Math.Min(bytes, Math.Max(0, fault.Bytes - _moved));

    private async Task SendAllAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await data.SendAsync(bytes, SocketFlags.None, cancellationToken)..];
        }
    }

    private Task PaceAsync(int bytes) => _rate == 0
        ? Task.CompletedTask
        : Task.Delay(TimeSpan.FromSeconds((double)bytes / _rate), session.Device.Options.Time, cancellationToken);

    /// <summary>Lets the fault happen; returns where the transfer then seems to succeed.</summary>
    private async Task ActAsync()
    {
        if (fault!.NotBefore is { } condition)
        {
            await condition().WaitAsync(cancellationToken);
        }

        switch (fault.Kind)
        {
            case DeviceFaultKind.LosePower:
                session.Reset();
                goto case DeviceFaultKind.DropData;
            case DeviceFaultKind.DropData:
                data.LingerState = new LingerOption(true, 0);
                data.Dispose();
                throw new SocketException((int)SocketError.ConnectionReset);
            case DeviceFaultKind.StallData:
                await session.HangUp.WaitAsync(cancellationToken);
                throw new OperationCanceledException();
            case DeviceFaultKind.FailData:
                throw new DeviceReplyException(int.Parse(fault.Reply.AsSpan(0, 3), CultureInfo.InvariantCulture), fault.Reply[4..]);
            default:
                break;
        }
    }
}
