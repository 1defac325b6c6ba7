using Microsoft.Extensions.Logging;
using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Devices;

/// <summary>A port of the device, dialled through an entry at SORACOM. An entry that was there before may have gone without our
/// knowing, deleted by somebody or ended early: where the gateway takes no connection through it, it is given up, and the port is
/// dialled once more through another.</summary>
internal sealed class DialledPort<TEntry> : IAsyncDisposable
    where TEntry : class, IEntryUse
{
    private readonly Func<CancellationToken, Task<TEntry>> _take;
    private readonly Func<TEntry, CancellationToken, Task<Connection>> _dial;
    private readonly ILogger _logger;
    private Connection? _connection;
    private long _movedBefore;

    private DialledPort(
        TEntry entry, Func<CancellationToken, Task<TEntry>> take, Func<TEntry, CancellationToken, Task<Connection>> dial, ILogger logger)
    {
        _take = take;
        _dial = dial;
        _logger = logger;
        Entry = entry;
        _movedBefore = Count(entry);
    }

    /// <summary>What the port is dialled through; another one after <see cref="DialAsync"/> where the first had gone.</summary>
    public TEntry Entry { get; private set; }

    /// <summary>The connection that <see cref="DialAsync"/> has made.</summary>
    public Connection Connection => _connection ?? throw new InvalidOperationException("The port has not been dialled.");

    /// <summary>Bytes carried since the entry was taken, both directions.</summary>
    public long Moved => Count(Entry) - _movedBefore;

    /// <summary>Takes an entry: one that is there already, or a new one.</summary>
    /// <param name="take">Gives an entry, never one that has been failed.</param>
    /// <param name="dial">Connects through an entry.</param>
    /// <param name="logger">Told of an entry that had gone.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException">As of <paramref name="take"/>.</exception>
    public static async Task<DialledPort<TEntry>> TakeAsync(
        Func<CancellationToken, Task<TEntry>> take,
        Func<TEntry, CancellationToken, Task<Connection>> dial,
        ILogger logger,
        CancellationToken cancellationToken) =>
        new(await take(cancellationToken), take, dial, logger);

    /// <summary>Connects, through a second entry where the first turns out to be gone. After an error too, whoever asked releases or fails
    /// what <see cref="Entry"/> then is.</summary>
    /// <exception cref="NapterFtpException">The gateway cannot be reached, or SORACOM refused the second entry.</exception>
    public async Task<Connection> DialAsync(CancellationToken cancellationToken)
    {
        // 1. Through the entry at hand.
        try
        {
            return _connection = await _dial(Entry, cancellationToken);
        }
        catch (NapterFtpException e) when (Entry.MayHaveGone && e.Kind is NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout)
        {
            _logger.LogDebug(e, "The port {Port} has gone; it is opened anew.", Entry.PortId);
            Entry.Fail(e.Message);
        }

        // 2. It has gone: through another, whose failure tells that it is not the entry.
        Entry = await _take(cancellationToken);
        _movedBefore = Count(Entry);
        return _connection = await _dial(Entry, cancellationToken);
    }

    /// <summary>Gives the entry back, to be kept or closed; only the first call counts.</summary>
    /// <param name="error">Why it failed; null where all went well.</param>
    public void Release(string? error)
    {
        if (error is not null)
        {
            Entry.Fail(error);
        }

        Entry.Release();
    }

    /// <summary>Closes the connection in good order and gives the entry back.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        Release(null);
    }

    private static long Count(TEntry entry) => entry.Counters.FromDevice + entry.Counters.ToDevice;
}
