using System.Globalization;
using NapterFtp.Monitoring;

namespace NapterFtp.Pulls.Service;

/// <summary>Whether a member of a service can do its work: while it sees what is to be done in its store it can.</summary>
internal sealed class PullWatch : IPullObserver, IDisposable
{
    /// <summary>How long the store may be away before whoever watches is told: a restart of its server takes less.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TimeProvider _time;
    private readonly ServiceManager _manager;
    private readonly string _store;
    private readonly Lock _lock = new();
    private DateTimeOffset _seen;
    private string? _said;
    private NapterFtpException? _trouble;
    private int _devices;

    /// <param name="store">What the store is called.</param>
    /// <param name="environment">Reads a variable of the environment, as <see cref="ServiceManager"/> does.</param>
    /// <param name="time">The clock.</param>
    public PullWatch(string store, Func<string, string?> environment, TimeProvider time)
    {
        _store = store;
        _time = time;
        _seen = time.GetUtcNow();
        _manager = new ServiceManager(environment, Trouble, time);
    }

    /// <summary>Why it cannot do its work now, for a person; null where it can.</summary>
    public string? Trouble()
    {
        lock (_lock)
        {
            var silent = _time.GetUtcNow() - _seen;
            return silent <= Patience
                ? null
                : string.Create(CultureInfo.InvariantCulture, $"The store '{_store}' has not answered for {silent.TotalSeconds:F0} s. {_trouble?.Message}").TrimEnd();
        }
    }

    /// <summary>It works from now on.</summary>
    public void Ready() => _manager.Ready("ready");

    /// <summary>It is about to end.</summary>
    public void Stopping() => _manager.Stopping();

    public void DeviceBegan(NapterPullDevice device) => Interlocked.Increment(ref _devices);

    public void DeviceEnded(NapterPullDevice device) => Interlocked.Decrement(ref _devices);

    public void BacklogSeen(PullBacklog backlog)
    {
        var status = string.Create(
            CultureInfo.InvariantCulture, $"{Volatile.Read(ref _devices)} devices here, {backlog.Running} in all, {backlog.Waiting} waiting; members: {backlog.Members}");
        lock (_lock)
        {
            _seen = _time.GetUtcNow();
            _trouble = null;
            if (status == _said)
            {
                return;
            }

            _said = status;
        }

        _manager.Say(status);
    }

    public void Troubled(NapterFtpException error)
    {
        lock (_lock)
        {
            _trouble = error;
        }
    }

    public void Dispose() => _manager.Dispose();
}
