using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Copy;

/// <summary>One data connection while a transfer runs: counted, and ended when it stays silent for too long.</summary>
internal sealed class DataFlow : IDisposable
{
    private const int ChecksPerLimit = 4;

    private readonly Connection? _connection;
    private readonly ByteCounters _counters;
    private readonly Activity _activity;
    private readonly string _device;
    private readonly TimeSpan _idleLimit;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop;
    private readonly ITimer _watch;
    private long _lastMove;
    private bool _stalled;
    private volatile bool _ended;

    /// <param name="connection">The connection, which stays the caller's to dispose; null for no data at all.</param>
    /// <param name="counters">The port's.</param>
    /// <param name="activity">Touched as data move.</param>
    /// <param name="device">The device and port, for messages.</param>
    /// <param name="idleLimit">The longest silence.</param>
    /// <param name="restarted">Whether the device begins where REST told it to.</param>
    /// <param name="time">The clock of the limit.</param>
    /// <param name="cancellationToken">Ends the transfer.</param>
    public DataFlow(
        Connection? connection,
        ByteCounters counters,
        Activity activity,
        string device,
        TimeSpan idleLimit,
        bool restarted,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        _connection = connection;
        _counters = counters;
        _activity = activity;
        _device = device;
        _idleLimit = idleLimit;
        _time = time;
        Restarted = restarted;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _lastMove = time.GetTimestamp();
        _watch = time.CreateTimer(static flow => ((DataFlow)flow!).Check(), this, idleLimit / ChecksPerLimit, idleLimit / ChecksPerLimit);
    }

    /// <summary>Whether the device begins where REST told it to; otherwise at the file's beginning.</summary>
    public bool Restarted { get; }

    /// <summary>Whether any data has moved.</summary>
    public bool HasMoved { get; private set; }

    /// <summary>How long nothing has moved.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(Interlocked.Read(ref _lastMove));

    /// <summary>Whether <see cref="End"/> has ended it.</summary>
    public bool WasEnded => _ended;

    /// <summary>Takes the data for ended, although the device leaves the connection open: what is read from now on is its end.</summary>
    public void End()
    {
        _ended = true;
        Cancel();
    }

    /// <summary>Whether the data came to an end that the other side meant; false where the connection was cut (no close_notify).</summary>
    public bool EndedCleanly => _connection?.EndedCleanly != false;

    /// <summary>Reads what has come; 0 at the end of the data.</summary>
    /// <exception cref="NapterFtpException"><c>DataConnectionLost</c>, <c>DataConnectionStalled</c>.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_connection is null || _ended)
        {
            return 0;
        }

        try
        {
            var count = await _connection.ReadAsync(buffer, _stop.Token);
            _counters.AddFromDevice(count);
            HasMoved |= count > 0;
            Moved();
            return count;
        }
        catch (OperationCanceledException) when (_ended && !cancellationToken.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception exception) when (Translate(exception, cancellationToken) is { } error)
        {
            throw error;
        }
    }

    /// <summary>Writes all of it.</summary>
    /// <exception cref="NapterFtpException"><c>DataConnectionLost</c>, <c>DataConnectionStalled</c>.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            await (_connection ?? throw new IOException("There is no data connection.")).WriteAsync(buffer, _stop.Token);
            _counters.AddToDevice(buffer.Length);
            HasMoved = true;
            Moved();
        }
        catch (Exception exception) when (Translate(exception, cancellationToken) is { } error)
        {
            throw error;
        }
    }

    public void Dispose()
    {
        _watch.Dispose();
        _stop.Dispose();
    }

    private void Moved()
    {
        Interlocked.Exchange(ref _lastMove, _time.GetTimestamp());
        _activity.Touch();
    }

    private void Check()
    {
        if (Silence < _idleLimit)
        {
            return;
        }

        _stalled = true;
        Cancel();
    }

    private void Cancel()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The transfer has ended meanwhile.
        }
    }

    private Exception? Translate(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        _ when _stalled => Errors.DataStalled(_device, _idleLimit),
        OperationCanceledException => null,
        NapterFtpException => null,
        _ when cancellationToken.IsCancellationRequested => new OperationCanceledException("The transfer was ended.", exception, cancellationToken),
        _ => Errors.DataLost(_device, exception),
    };
}
