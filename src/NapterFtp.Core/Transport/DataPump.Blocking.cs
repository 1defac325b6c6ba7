using System.Buffers;

namespace NapterFtp.Transport;

/// <summary>Copying on threads of its own.</summary>
internal sealed partial class DataPump
{
    /// <summary>Copies on a thread of its own, which for bulk data costs less than half of what asynchronous calls do.</summary>
    private void Copy(Connection source, Connection destination, bool fromDevice)
    {
        var reading = fromDevice ? DataPumpEnd.DeviceRead : DataPumpEnd.ClientRead;
        var writing = fromDevice ? DataPumpEnd.ClientWrite : DataPumpEnd.DeviceWrite;
        var step = reading;
        byte[]? buffer = null;
        try
        {
            // One direction of a transfer mostly stays silent, and shall hold no large buffer.
            Span<byte> bytes = stackalloc byte[4096];
            while (true)
            {
                step = reading;
                var read = source.Read(bytes);
                step = writing;
                Holds(true, fromDevice);
                if (read == 0)
                {
                    if (fromDevice || !_options.KeepsEnd())
                    {
                        destination.CompleteWrites();
                    }

                    return;
                }

                destination.Write(bytes[..read]);
                Holds(false, fromDevice);
                Count(read, fromDevice);
                if (buffer is null)
                {
                    buffer = ArrayPool<byte>.Shared.Rent(BulkSize);
                    bytes = buffer.AsSpan(0, BulkSize);
                }
            }
        }
        catch (Exception exception)
        {
            Fail(step, exception);
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
