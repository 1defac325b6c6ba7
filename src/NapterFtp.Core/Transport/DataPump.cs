using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using NapterFtp.Entries;

namespace NapterFtp.Transport;

/// <summary>Copies between a client and a device in both directions until both have ended. An end of stream on one side is
/// passed on as a half-close; any failure aborts both sides, so that neither takes it for a good end. The connections stay the
/// caller's to dispose.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without timer or link holds nothing to free.")]
internal sealed partial class DataPump
{
    private const int BufferSize = 64 * 1024;

    /// <summary>For much data at once; what TLS makes of it is sent in one go.</summary>
    private const int BulkSize = TlsTransport.LargeContent;

    private readonly Connection _client;
    private readonly Connection _device;
    private readonly ByteCounters _counters;
    private readonly DataPumpOptions _options;
    private readonly CancellationTokenSource _stop = new();
    private readonly object _lock = new();
    private DataPumpEnd? _failure;
    private bool _letGo;
    private bool _clientHeld;
    private volatile bool _clientHolds;
    private volatile bool _deviceHolds;
    private Exception? _exception;
    private long _fromDevice;
    private long _toDevice;
    private long _lastMove;

    private DataPump(
        Connection client, Connection device, ByteCounters counters, DataPumpOptions options, CancellationToken cancellationToken)
    {
        _client = client;
        _device = device;
        _counters = counters;
        _options = options;
        _lastMove = options.Time.GetTimestamp();
        var blocking = client.CanBlock && device.CanBlock;
        FromDeviceCompleted = StartHalf(device, client, fromDevice: true, blocking);
        ToDeviceCompleted = StartHalf(client, device, fromDevice: false, blocking);
        Completion = CompleteAsync(cancellationToken);
    }

    /// <summary>Completes, never faulted, when the last byte from the device has been handed to the client's connection and its
    /// end passed on, or the copy has failed.</summary>
    public Task FromDeviceCompleted { get; }

    /// <summary>As <see cref="FromDeviceCompleted"/>, towards the device.</summary>
    public Task ToDeviceCompleted { get; }

    /// <summary>Completes, never faulted, when both halves have.</summary>
    public Task<DataPumpResult> Completion { get; }

    /// <summary>Why either half has failed; null while none has. Both sides are aborted then.</summary>
    public Failure? Failure
    {
        get
        {
            lock (_lock)
            {
                return _failure is { } end ? DataPumpResult.Describe(end, _exception) : null;
            }
        }
    }

    /// <summary>Whether the copy from the device waits for the client to take data, rather than for data.</summary>
    public bool ClientHolds => _clientHolds;

    /// <summary>As <see cref="ClientHolds"/>, towards the device.</summary>
    public bool DeviceHolds => _deviceHolds;

    /// <inheritdoc cref="Connection.EndedCleanly"/>
    public bool DeviceEndedCleanly => _device.EndedCleanly;

    /// <summary>Starts copying.</summary>
    /// <param name="client">The local side.</param>
    /// <param name="device">The device's side.</param>
    /// <param name="counters">Counts what has been written.</param>
    /// <param name="options">Time-outs.</param>
    /// <param name="cancellationToken">Aborts both sides.</param>
    public static DataPump Start(
        Connection client, Connection device, ByteCounters counters, DataPumpOptions options, CancellationToken cancellationToken) =>
        new(client, device, counters, options, cancellationToken);

    /// <summary>From now on the pump resets neither side, so that both can be disposed in good order one after the other: the end
    /// of the first, which the pump sees as a failure, must not reset the second while its last bytes are on the way.</summary>
    public void LetGo()
    {
        lock (_lock)
        {
            _letGo = true;
        }
    }

    /// <summary>Aborts both sides; the completion follows.</summary>
    public void Abort() => Fail(DataPumpEnd.Aborted, null);

    private Task StartHalf(Connection source, Connection destination, bool fromDevice, bool blocking) => blocking
        ? Task.Factory.StartNew(
            () => Copy(source, destination, fromDevice), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        : CopyAsync(source, destination, fromDevice);

    private async Task CopyAsync(Connection source, Connection destination, bool fromDevice)
    {
        // Off the caller's stack: the first bytes may be there already.
        await Task.Yield();
        var step = fromDevice ? DataPumpEnd.DeviceRead : DataPumpEnd.ClientRead;
        byte[]? buffer = null;
        try
        {
            while (true)
            {
                step = fromDevice ? DataPumpEnd.DeviceRead : DataPumpEnd.ClientRead;
                if (buffer is null)
                {
                    // An idle connection holds no buffer.
                    await source.ReadAsync(Memory<byte>.Empty, _stop.Token);
                    buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
                }

                var read = await source.ReadAsync(buffer, _stop.Token);
                step = fromDevice ? DataPumpEnd.ClientWrite : DataPumpEnd.DeviceWrite;
                Holds(true, fromDevice);
                if (read == 0)
                {
                    if (fromDevice || !_options.KeepsEnd())
                    {
                        await destination.CompleteWritesAsync(_stop.Token);
                    }

                    return;
                }

                await destination.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                Holds(false, fromDevice);
                Count(read, fromDevice);
                if (read < buffer.Length / 4)
                {
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = null;
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

    private void Holds(bool holds, bool fromDevice)
    {
        if (fromDevice)
        {
            _clientHolds = holds;
        }
        else
        {
            _deviceHolds = holds;
        }
    }

    private void Count(int bytes, bool fromDevice)
    {
        Volatile.Write(ref _lastMove, _options.Time.GetTimestamp());
        if (fromDevice)
        {
            _fromDevice += bytes;
            _counters.AddFromDevice(bytes);
        }
        else
        {
            _toDevice += bytes;
            _counters.AddToDevice(bytes);
        }
    }

    private async Task<DataPumpResult> CompleteAsync(CancellationToken cancellationToken)
    {
        await using var cancelled = cancellationToken.UnsafeRegister(static pump => ((DataPump)pump!).Abort(), this);
        await using var idle = WatchIdle();
        await Task.WhenAll(FromDeviceCompleted, ToDeviceCompleted);
        lock (_lock)
        {
            return new DataPumpResult(_failure ?? DataPumpEnd.Completed, _fromDevice, _toDevice, _exception);
        }
    }

    private ITimer? WatchIdle()
    {
        if (_options.IdleTimeout == Timeout.InfiniteTimeSpan)
        {
            return null;
        }

        // Looked at four times per time-out, rather than a timer moved for each byte.
        var period = _options.IdleTimeout / 4;
        return _options.Time.CreateTimer(
            static state =>
            {
                var pump = (DataPump)state!;
                if (pump._options.Time.GetElapsedTime(Volatile.Read(ref pump._lastMove)) >= pump._options.IdleTimeout)
                {
                    pump.Fail(DataPumpEnd.Idle, null);
                }
            },
            this,
            period,
            period);
    }

    private void Fail(DataPumpEnd end, Exception? exception)
    {
        bool letGo;
        bool held;
        lock (_lock)
        {
            if (_failure is not null && _clientHeld)
            {
                // What it was held for has not come about.
                _clientHeld = false;
                if (!_letGo)
                {
                    _client.Abort();
                }

                return;
            }

            if (_failure is not null || (FromDeviceCompleted is { IsCompleted: true } && ToDeviceCompleted is { IsCompleted: true }))
            {
                return;
            }

            _failure = end;
            _exception = exception;
            letGo = _letGo;
            _clientHeld = held = _options.HoldsClient && end == DataPumpEnd.DeviceRead && Interlocked.Read(ref _fromDevice) == 0;
        }

        if (!letGo)
        {
            if (!held)
            {
                _client.Abort();
            }

            _device.Abort();
        }

        if (!held)
        {
            _stop.Cancel();
        }
    }
}

/// <summary>How a <see cref="DataPump"/> copies.</summary>
internal sealed record DataPumpOptions
{
    /// <summary>Silence in both directions after which the pump gives up; infinite by default.</summary>
    public TimeSpan IdleTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>Whether the client's side stays as it is, for its owner to end, where the device's breaks before a byte has come from
    /// it: some servers never take the data connection of an empty file.</summary>
    public bool HoldsClient { get; init; }

    /// <summary>Whether the device is not to hear of the end of what the client sends, which is no good one then: the owner ends the
    /// copy.</summary>
    public Func<bool> KeepsEnd { get; init; } = () => false;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>What ended a <see cref="DataPump"/>.</summary>
internal enum DataPumpEnd
{
    /// <summary>Both sides said all they had to say.</summary>
    Completed,

    /// <summary>Reading from the client failed.</summary>
    ClientRead,

    /// <summary>Writing to the client failed.</summary>
    ClientWrite,

    /// <summary>Reading from the device failed.</summary>
    DeviceRead,

    /// <summary>Writing to the device failed.</summary>
    DeviceWrite,

    /// <summary>Nothing moved for the idle time-out.</summary>
    Idle,

    /// <summary>Aborted or cancelled from outside.</summary>
    Aborted,
}

/// <summary>How a duplex copy ended: the first failure, by name, or completion.</summary>
/// <param name="End">What ended it.</param>
/// <param name="FromDevice">Bytes written to the client.</param>
/// <param name="ToDevice">Bytes written to the device.</param>
/// <param name="Exception">The failure's cause, where there is one.</param>
internal sealed record DataPumpResult(DataPumpEnd End, long FromDevice, long ToDevice, Exception? Exception)
{
    public bool Succeeded => End == DataPumpEnd.Completed;

    private const string DeviceAdvice =
        "Try again; Get-NapterAuditLog shows whether the gateway ended the connection, or the device did, or its radio link.";

    /// <summary>Why it failed, and who; null on success.</summary>
    public Failure? Failure => End == DataPumpEnd.Completed ? null : Describe(End, Exception);

    /// <summary>A failure's description.</summary>
    public static Failure Describe(DataPumpEnd end, Exception? exception) => end switch
    {
        DataPumpEnd.ClientRead => Broken(FailingSide.Client, "The client's connection broke", exception, null),
        DataPumpEnd.ClientWrite => Broken(FailingSide.Client, "The client stopped taking data", exception, null),
        DataPumpEnd.DeviceRead => Broken(FailingSide.Device, "The connection from the device broke", exception, DeviceAdvice),
        DataPumpEnd.DeviceWrite => Broken(FailingSide.Device, "The device stopped taking data", exception, DeviceAdvice),
        DataPumpEnd.Idle => new Failure(FailingSide.Device, NapterFtpErrorKind.Timeout, "No data moved for the idle time-out.", DeviceAdvice),
        _ => new Failure(FailingSide.Relay, NapterFtpErrorKind.Connection, "Aborted."),
    };

    // TLS wraps the socket's error in one that says nothing to a person.
    private static Failure Broken(FailingSide side, string what, Exception? exception, string? advice) => new(
        side, NapterFtpErrorKind.Connection, exception is null ? what + "." : $"{what}: {exception.GetBaseException().Message}", advice);
}
