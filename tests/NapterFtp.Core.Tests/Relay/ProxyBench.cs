using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NapterFtp.Core.Tests.Entries;
using NapterFtp.Entries;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Relay;

/// <summary>A proxy before a <see cref="ScriptedDevice"/>, with SORACOM's entries in memory and a clock that stands still.</summary>
internal sealed class ProxyBench : IAsyncDisposable
{
    private readonly EntryManager _ports;
    private FtpProxy? _proxy;

    public ProxyBench()
    {
        Api = new FakePortMappingApi(Time);
        Dialer = new DirectDialer(Api, Device.Port);
        _ports = new EntryManager(Api, new EntryManagerOptions(), Time, NullLoggerFactory.Instance);
    }

    public FakeTimeProvider Time { get; } = new();

    public ScriptedDevice Device { get; } = new();

    public FakePortMappingApi Api { get; }

    public DirectDialer Dialer { get; }

    public List<NapterPortEvent> Events { get; } = [];

    public RecordedLog Log { get; } = new();

    public FtpProxyOptions Options { get; set; } = new()
    {
        Device = DeviceTarget.FromImsi("001010000000001"),
        Port = 0,
        PassivePorts = PassivePortRange.Any,
    };

    public FtpProxy Proxy => _proxy!;

    public IEnumerable<int> OpenDataPorts => Api.Entries.Select(entry => entry.DevicePort).Where(port => port != 21);

    public async Task<RawFtpClient> StartAsync()
    {
        await StartProxyAsync();
        return await ConnectAsync();
    }

    /// <summary>A client that has read nothing yet.</summary>
    public async Task<RawFtpClient> StartUngreetedAsync()
    {
        await StartProxyAsync();
        return await RawFtpClient.ConnectAsync(Proxy.ListenEndPoint);
    }

    /// <summary>A client that has read the greeting.</summary>
    public async Task<RawFtpClient> ConnectAsync()
    {
        var client = await RawFtpClient.ConnectAsync(Proxy.ListenEndPoint);
        Assert.Equal(Device.Greeting, await client.ReadLineAsync());
        return client;
    }

    /// <summary>Waits until something holds that other tasks bring about.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var limit = TimeSpan.FromSeconds(30);
        var begun = System.Diagnostics.Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(begun.Elapsed < limit, "It did not come about in 30 s.");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Moves the clock on step by step until something holds that other tasks bring about.</summary>
    public Task AdvanceUntilAsync(TimeSpan step, Func<bool> condition) => UntilAsync(() =>
    {
        Time.Advance(step);
        return condition();
    });

    public Task DataPortsClosedAsync() => UntilAsync(() => !OpenDataPorts.Any());

    /// <summary>Stops all; no entry may be left, and every port must have ended once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_proxy is not null)
        {
            await _proxy.DisposeAsync();
        }

        await _ports.DisposeAsync();
        await Device.DisposeAsync();
        Assert.Empty(Api.Entries);
        lock (Events)
        {
            foreach (var port in Events.GroupBy(step => step.PortId))
            {
                Assert.Single(port, step => step.State is NapterPortState.Closed or NapterPortState.Failed);
            }
        }
    }

    private async Task StartProxyAsync() => _proxy = await FtpProxy.StartAsync(
        _ports, Dialer, Options, Time, Log, Record, TestContext.Current.CancellationToken);

    private void Record(NapterPortEvent step)
    {
        lock (Events)
        {
            Events.Add(step);
        }
    }
}
