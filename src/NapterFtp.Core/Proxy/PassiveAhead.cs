using System.Diagnostics.CodeAnalysis;
using NapterFtp.Ftp;

namespace NapterFtp.Proxy;

/// <summary>The data port that the device is asked for before the client asks, so that a client that transfers file after file
/// waits neither for the device's passive reply nor for SORACOM's API. Whatever the client does instead, the dialogue stays the one
/// it would have had: a data port it does not come for is let go.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle nobody asks for holds nothing to free.")]
internal sealed class PassiveAhead(ControlSession session)
{
    /// <summary>Shorter than devices listen.</summary>
    private static readonly TimeSpan s_life = TimeSpan.FromSeconds(10);

    // Held while a command of the client is being handled, so that nothing gets between two that belong together (RNFR and RNTO).
    private readonly SemaphoreSlim _turn = new(1);
    private PassiveExchange? _asked;
    private bool _transferIsLatest;
    private bool _refused;
    private int _transfers;

    /// <summary>Whether the device has been asked, and the client not come for it.</summary>
    public bool IsAsked => _asked is not null;

    /// <summary>The data port that waits for the client, where there is one.</summary>
    public DataPort? Current => _asked?.Current;

    /// <summary>Takes note of a command, which is handled until the turn is given back.</summary>
    public async Task<IDisposable> TakeTurnAsync(FtpCommand command, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        _transferIsLatest = command.IsTransfer;
        _transfers += command.IsTransfer ? 1 : 0;

        // These end the device's listening, or change how the data connection is protected.
        if (command.IsSecurity || command.Verb is "ABOR" or "USER" or "REIN" or "QUIT")
        {
            Drop();
        }

        return new Turn(_turn);
    }

    /// <summary>Asks the device, where the latest command is a transfer that has gone well and not the session's first.</summary>
    /// <param name="wanted">What the client asked with the last time.</param>
    /// <param name="previous">The data port of the transfer.</param>
    public void Ask(PassiveVerb wanted, PassiveExchange? previous)
    {
        if (session.Services.Options.Prefetch && !_refused && _turn.Wait(0))
        {
            // Sent before anything of the client's can be.
            var asking = AskAsync(wanted, previous);
            session.Defer(_ => asking);
        }
    }

    /// <summary>What the device has been asked for, which is the client's from now on.</summary>
    public PassiveExchange? Take() => Interlocked.Exchange(ref _asked, null);

    /// <summary>Waits for the data port; false where it is of no use, and the device must be asked again.</summary>
    public static async Task<bool> IsReadyAsync(PassiveExchange asked, CancellationToken cancellationToken) =>
        await asked.DataPort.WaitAsync(cancellationToken) is { IsEnded: false, DeviceReady.IsFaulted: false };

    private async Task AskAsync(PassiveVerb wanted, PassiveExchange? previous)
    {
        using var turn = new Turn(_turn);
        if (!_transferIsLatest || _transfers < 2 || _asked is not null || previous?.Current is { IsEnded: false } || session.Device.IsExpecting)
        {
            return;
        }

        var verb = session.Services.Traits.Choose(wanted);
        var exchange = new PassiveExchange(session, null, verb, new PassiveAnswer(wanted), previous);
        _asked = exchange;
        session.Defer(cancellationToken => LimitAsync(exchange, cancellationToken));
        await session.Device.SendAsync(exchange, exchange.Command, session.Ended);
    }

    private async Task LimitAsync(PassiveExchange exchange, CancellationToken cancellationToken)
    {
        if (await exchange.DataPort.WaitAsync(cancellationToken) is null)
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

    private void Drop()
    {
        if (Take() is { } dropped)
        {
            session.Defer(async cancellationToken => (await dropped.DataPort.WaitAsync(cancellationToken))?.End(null));
        }
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }
}
