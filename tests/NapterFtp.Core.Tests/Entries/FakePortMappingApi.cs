using System.Net;
using NapterFtp.Soracom;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>SORACOM's entries in memory; each call can be delayed, failed, or lose its answer.</summary>
internal sealed class FakePortMappingApi(TimeProvider time) : IPortMappingApi
{
    private readonly object _lock = new();
    private readonly Dictionary<IPEndPoint, PortMapping> _entries = [];
    private int _nextPort = 10000;

    /// <summary>Awaited before a create takes effect.</summary>
    public Func<PortMappingRequest, CancellationToken, Task> BeforeCreate { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Awaited after a create has taken effect: throwing loses the answer.</summary>
    public Func<PortMapping, CancellationToken, Task> AfterCreate { get; set; } = (_, _) => Task.CompletedTask;

    public Func<IPEndPoint, CancellationToken, Task> BeforeDelete { get; set; } = (_, _) => Task.CompletedTask;

    public Func<DeviceTarget?, CancellationToken, Task> BeforeList { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>Awaited after the list has been read: what happens meanwhile is not in it.</summary>
    public Func<DeviceTarget?, CancellationToken, Task> AfterList { get; set; } = (_, _) => Task.CompletedTask;

    /// <summary>How far SORACOM's clock is ahead of ours.</summary>
    public TimeSpan ClockAhead { get; set; }

    /// <summary>Whether its answers have told that.</summary>
    public bool TellsClock { get; set; }

    TimeSpan? IPortMappingApi.ClockAhead => TellsClock ? ClockAhead : null;

    public int Creates { get; private set; }

    public int Deletes { get; private set; }

    public int Lists { get; private set; }

    public PortMappingRequest? LastRequest { get; private set; }

    public IReadOnlyList<PortMapping> Entries
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Values];
            }
        }
    }

    public static SoracomApiException LostAnswer() =>
        new("SoracomUnreachable", NapterFtpErrorKind.Connection, "The connection was reset.", null, null) { MayHaveTakenEffect = true, IsTransient = true };

    public static SoracomApiException Refused() =>
        new("SoracomRefused", NapterFtpErrorKind.PermissionDenied, "No permission.", null, null) { StatusCode = HttpStatusCode.Forbidden };

    public static SoracomApiException Unavailable() =>
        new("SoracomUnavailable", NapterFtpErrorKind.Connection, "Service unavailable.", null, null) { IsTransient = true };

    /// <summary>An entry that somebody else made.</summary>
    public PortMapping Add(DeviceTarget device, int devicePort, TimeSpan? duration = null, DateTimeOffset? createdAt = null)
    {
        lock (_lock)
        {
            var created = createdAt ?? time.GetUtcNow() + ClockAhead;
            var entry = new PortMapping
            {
                EndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), _nextPort++),
                HostName = "192-0-2-1.napter.soracom.io",
                Imsi = device.Imsi,
                SimId = device.SimId,
                DevicePort = devicePort,
                CreatedAt = created,
                ExpiresAt = created + (duration ?? TimeSpan.FromHours(1)),
                TlsRequired = true,
            };
            _entries.Add(entry.EndPoint, entry);
            return entry;
        }
    }

    /// <summary>Another entry gets the end point of one that has ended.</summary>
    public void Replace(PortMapping entry)
    {
        lock (_lock)
        {
            _entries[entry.EndPoint] = entry;
        }
    }

    public async Task<PortMapping> CreateAsync(PortMappingRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Creates++;
            LastRequest = request;
        }

        await BeforeCreate(request, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        var entry = Add(request.Device, request.DevicePort, request.Duration);
        await AfterCreate(entry, cancellationToken);
        return entry;
    }

    public async Task<bool> DeleteAsync(IPEndPoint endPoint, Deadline? limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Deletes++;
        }

        await BeforeDelete(endPoint, cancellationToken);
        lock (_lock)
        {
            return _entries.Remove(endPoint);
        }
    }

    public async Task<IReadOnlyList<PortMapping>> ListAsync(DeviceTarget? device, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Lists++;
        }

        await BeforeList(device, cancellationToken);
        PortMapping[] listed;
        lock (_lock)
        {
            listed = [.. _entries.Values.Where(entry => device is null || (entry.Imsi == device.Imsi && entry.SimId == device.SimId))];
        }

        await AfterList(device, cancellationToken);
        return listed;
    }
}
