using NapterFtp.Entries;

namespace NapterFtp.Core.Tests.Entries;

/// <summary>Collects port events and waits for one that is wanted.</summary>
internal sealed class EventLog
{
    private readonly object _lock = new();
    private readonly List<NapterPortEvent> _events = [];
    private readonly List<(Func<NapterPortEvent, bool> Wanted, TaskCompletionSource<NapterPortEvent> Found)> _waiting = [];

    public EventLog(EntryManager ports) => ports.Subscribe(Add);

    public IReadOnlyList<NapterPortEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>The states reached, in order, with a space between.</summary>
    public string States => string.Join(' ', Events.Select(step => step.State));

    /// <summary>The first event of that state, past or to come.</summary>
    public Task<NapterPortEvent> FirstAsync(NapterPortState state) => FirstAsync(step => step.State == state);

    public Task<NapterPortEvent> FirstAsync(Func<NapterPortEvent, bool> wanted)
    {
        lock (_lock)
        {
            var found = new TaskCompletionSource<NapterPortEvent>(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_events.FirstOrDefault(wanted) is { } past)
            {
                found.SetResult(past);
            }
            else
            {
                _waiting.Add((wanted, found));
            }

            return found.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    private void Add(NapterPortEvent step)
    {
        lock (_lock)
        {
            _events.Add(step);
            foreach (var (wanted, found) in _waiting)
            {
                if (wanted(step))
                {
                    found.TrySetResult(step);
                }
            }
        }
    }
}
