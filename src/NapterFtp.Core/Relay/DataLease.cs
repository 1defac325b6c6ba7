using System.Net;
using NapterFtp.Entries;
using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>The Napter port of one data connection. A port kept from an earlier transfer may prove gone when it is dialled;
/// another takes its place then.</summary>
internal sealed class DataLease
{
    private readonly SessionServices _services;
    private readonly EntryRequest _request;
    private EntryLease _lease;
    private long _movedBefore;

    private DataLease(SessionServices services, EntryRequest request, EntryLease lease)
    {
        _services = services;
        _request = request;
        _lease = lease;
        _movedBefore = Count(lease);
    }

    /// <summary>Bytes carried for this data connection, both directions.</summary>
    public long Moved => Count(_lease) - _movedBefore;

    /// <inheritdoc cref="EntryLease.Counters"/>
    public ByteCounters Counters => _lease.Counters;

    /// <inheritdoc cref="EntryLease.Closing"/>
    public Task Closing => _lease.Closing;

    /// <summary>Opens the port or takes a kept one.</summary>
    /// <exception cref="NapterFtpException">As of <see cref="EntryManager.OpenAsync"/>.</exception>
    public static async Task<DataLease> OpenAsync(SessionServices services, EntryRequest request, CancellationToken cancellationToken) =>
        new(services, request, await services.Ports.OpenAsync(request, cancellationToken));

    /// <summary>Connects to the gateway.</summary>
    /// <exception cref="NapterFtpException">As of <see cref="IGatewayDialer.ConnectAsync"/>.</exception>
    public async Task<Connection> DialAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _services.Dialer.ConnectAsync(_lease.Gateway with { Bulk = true }, cancellationToken);
        }
        catch (NapterFtpException e) when (_lease.Reused && e.Kind is NapterFtpErrorKind.Connection or NapterFtpErrorKind.Timeout)
        {
            // The kept entry may be gone: deleted by somebody, or ended early. A new one settles it.
            Release(e.Message);
            _lease = await _services.Ports.OpenAsync(_request, cancellationToken);
            _movedBefore = Count(_lease);
            return await _services.Dialer.ConnectAsync(_lease.Gateway with { Bulk = true }, cancellationToken);
        }
    }

    /// <inheritdoc cref="EntryLease.Connected"/>
    public void Connected(IPEndPoint? local, IPEndPoint? client) => _lease.Connected(local, client);

    /// <inheritdoc cref="EntryLease.SetCommand"/>
    public void SetCommand(string command) => _lease.SetCommand(command);

    /// <summary>Gives the port back, to be kept or closed; only the first call counts.</summary>
    /// <param name="error">Why it failed; null where all went well.</param>
    public void Release(string? error)
    {
        if (error is not null)
        {
            _lease.Fail(error);
        }

        _lease.Release();
    }

    private static long Count(EntryLease lease) => lease.Counters.FromDevice + lease.Counters.ToDevice;
}
