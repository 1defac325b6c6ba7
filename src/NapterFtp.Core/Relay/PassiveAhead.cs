using System.Diagnostics.CodeAnalysis;
using NapterFtp.Ftp;

namespace NapterFtp.Relay;

/// <summary>The data port that the device is asked for before the client asks, so that a client that transfers file after file
/// waits neither for the device's passive reply nor for SORACOM's API. Whatever the client does instead, the dialogue stays the one
/// it would have had: a data port it does not come for is let go.</summary>
/// <remarks>The request goes out right behind the command that fetches or lists: the answer then comes with the transfer's own, and the next
/// file takes a round trip less.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to free.")]
internal sealed class PassiveAhead(ControlSession session)
{
    /// <summary>Shorter than devices listen.</summary>
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(10);

    /// <summary>Where files are longer, a round trip is little, and the device would wait long for the next.</summary>
    private const long LongestFile = 1024 * 1024;

    // Held while a command of the client is being handled.
    private readonly SemaphoreSlim _turn = new(1);
    private PassiveExchange? _asked;
    private volatile bool _refused;
    private long _previousLength;
    private int _transfers;

    /// <summary>Whether the device has been asked, and the client not come for it.</summary>
    public bool IsAsked => _asked is not null;

    /// <summary>The data port that waits for the client, where there is one.</summary>
    public DataConnection? Current => _asked?.Current;

    /// <summary>Takes note of a command, which is handled until the turn is given back.</summary>
    public async Task<IDisposable> TakeTurnAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        // These end the device's listening, or change how the data connection is protected.
        if (command.IsSecurity || command.Verb is "ABOR" or "USER" or "REIN" or "QUIT")
        {
            Drop();
        }

        return new Turn(_turn);
    }

    /// <summary>Asks the device, right behind a command that fetches or lists, unless it is the session's first or the file before was long.</summary>
    /// <param name="wanted">What the client asked with.</param>
    /// <param name="port">The data port of the transfer.</param>
    /// <param name="cancellationToken">Ends with the session.</param>
    public async Task AskAsync(PassiveMode wanted, PassiveExchange port, CancellationToken cancellationToken)
    {
        var traits = session.Services.Traits;
        if (!session.Services.Options.Prefetch || _refused || traits.ActiveOnly || traits.NeverPipeline || Volatile.Read(ref _previousLength) > LongestFile || _transfers++ == 0)
        {
            return;
        }

        var exchange = new PassiveExchange(session, null, new PassiveNegotiation(traits, wanted), new PassiveAnswer(wanted), port);
        _asked = exchange;
        session.Defer(ct => LimitAsync(exchange, ct));
        await session.SendAsync(exchange, exchange.Command, cancellationToken);
    }

    /// <summary>Takes note of how much a transfer moved.</summary>
    public void NoteLength(long length) => Volatile.Write(ref _previousLength, length);

    /// <summary>What the device has been asked for, which is the client's from now on.</summary>
    public PassiveExchange? Take() => Interlocked.Exchange(ref _asked, null);

    /// <summary>Waits for the data port; false where it is of no use, and the device must be asked again.</summary>
    public static async Task<bool> IsReadyAsync(PassiveExchange asked, CancellationToken cancellationToken) =>
        await asked.DataConnection.WaitAsync(cancellationToken) is { IsEnded: false, DeviceReady.IsFaulted: false };

    /// <summary>Lets the data port go that the client has not come for.</summary>
    public void Drop()
    {
        if (Take() is { } dropped)
        {
            session.Defer(async cancellationToken => (await dropped.DataConnection.WaitAsync(cancellationToken))?.End(null));
        }
    }

    private async Task LimitAsync(PassiveExchange exchange, CancellationToken cancellationToken)
    {
        if (await exchange.DataConnection.WaitAsync(cancellationToken) is null)
        {
            // Not worth another try.
            _refused = true;
        }

        await Task.Delay(s_life, session.Services.Time, cancellationToken);
        await _turn.WaitAsync(cancellationToken);
        using var turn = new Turn(_turn);
        if (_asked == exchange)
        {
            Drop();
        }
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
