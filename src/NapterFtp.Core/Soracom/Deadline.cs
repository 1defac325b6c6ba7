namespace NapterFtp.Soracom;

/// <summary>How long a caller waits, on a clock that does not jump. It stands still while the caller waits for its turn under
/// SORACOM's rate limit, for which there is a limit of its own. Thread-safe.</summary>
internal sealed class Deadline
{
    private readonly object _lock = new();
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly TimeSpan _turnPatience;
    private TimeSpan _waited;
    private long _waitingSince;
    private int _waiting;

    /// <param name="time">The clock.</param>
    /// <param name="patience">How long the caller can bear to wait in all, its turn left aside.</param>
    /// <param name="turnPatience">How long it can bear to wait for its turn, all calls together.</param>
    public Deadline(TimeProvider time, TimeSpan patience, TimeSpan turnPatience)
    {
        _time = time;
        _start = time.GetTimestamp();
        _turnPatience = turnPatience;
        Patience = patience;
    }

    /// <summary>How long the caller was ready to wait in all, its turn left aside.</summary>
    public TimeSpan Patience { get; }

    /// <summary>What is left of it; zero once it has passed.</summary>
    public TimeSpan Remaining
    {
        get
        {
            lock (_lock)
            {
                return Left(Patience - (_time.GetElapsedTime(_start) - Waited));
            }
        }
    }

    /// <summary>How long the caller still waits for its turn; zero once that has passed.</summary>
    public TimeSpan TurnRemaining
    {
        get
        {
            lock (_lock)
            {
                return Left(_turnPatience - Waited);
            }
        }
    }

    /// <summary>Whether the caller waits for its turn now.</summary>
    public bool IsWaitingForTurn
    {
        get
        {
            lock (_lock)
            {
                return _waiting > 0;
            }
        }
    }

    /// <summary>Whether anybody has asked for a turn.</summary>
    public bool IsCounted { get; private set; }

    /// <summary>Whether a turn has come, so that a call may have been sent.</summary>
    public bool HadTurn { get; private set; }

    /// <summary>From now until it is disposed the wait is for the turn.</summary>
    public IDisposable WaitForTurn()
    {
        lock (_lock)
        {
            IsCounted = true;
            if (_waiting++ == 0)
            {
                _waitingSince = _time.GetTimestamp();
            }
        }

        return new Turn(this);
    }

    private TimeSpan Waited => _waiting > 0 ? _waited + _time.GetElapsedTime(_waitingSince) : _waited;

    private static TimeSpan Left(TimeSpan left) => left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>The turn has come.</summary>
    public void TakeTurn() => HadTurn = true;

    private void TurnCame()
    {
        lock (_lock)
        {
            var waited = Waited;
            if (--_waiting == 0)
            {
                _waited = waited;
            }
        }
    }

    private sealed class Turn(Deadline deadline) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                deadline.TurnCame();
            }
        }
    }
}
