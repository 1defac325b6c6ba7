using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using NapterFtp.Diagnostics;
using NapterFtp.PowerShell.Jobs;
using EngineState = System.Management.Automation.Runspaces.RunspaceState;

namespace NapterFtp.PowerShell.Sessions;

/// <summary>What the module keeps between commands: which runspace has which connection, and everything that runs and must be
/// ended when its runspace closes, the module is removed or the process ends.</summary>
internal sealed class ModuleState
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ConsoleCloseLimit = TimeSpan.FromSeconds(4);

    private readonly ConditionalWeakTable<Runspace, RunspaceState> _runspaces = [];
    private readonly List<OwnedThing> _owned = [];
    private readonly Dictionary<NapterConnection, int> _uses = [];
    private readonly object _gate = new();
    private ExitHooks? _exitHooks;

    private ModuleState()
    {
    }

    /// <summary>The process's one. PowerShell makes a cmdlet anew for each use, so it can be handed nothing.</summary>
    public static ModuleState Instance { get; } = new();

    /// <summary>The log of every connection the cmdlets make.</summary>
    public FlowLog Log { get; } = new();

    /// <summary>The state of the runspace whose pipeline runs on this thread.</summary>
    public RunspaceState ForThisRunspace() => _runspaces.GetValue(Runspace.DefaultRunspace, runspace =>
    {
        var state = new RunspaceState();
        runspace.StateChanged += (_, e) =>
        {
            if (e.RunspaceStateInfo.State is EngineState.Closing or EngineState.Closed or EngineState.Broken)
            {
                CloseOf(state);
            }
        };
        return state;
    });

    /// <summary>Sees to it that something is ended with its runspace, the module or the process.</summary>
    public void Own(OwnedThing thing)
    {
        lock (_gate)
        {
            _exitHooks ??= new ExitHooks(CloseAll);
            _owned.Add(thing);
        }
    }

    /// <summary>Forgets something that has ended.</summary>
    public void Disown(object thing)
    {
        lock (_gate)
        {
            _owned.RemoveAll(owned => ReferenceEquals(owned.Thing, thing));
        }
    }

    /// <summary>All that is owned of one kind, oldest first: by one runspace, or by any.</summary>
    public IReadOnlyList<T> Owned<T>(RunspaceState? owner = null)
    {
        lock (_gate)
        {
            return [.. _owned.Where(owned => owner is null || owned.Owner == owner).Select(owned => owned.Thing).OfType<T>()];
        }
    }

    /// <summary>Tells that a command works through a connection, until it is disposed.</summary>
    public IDisposable Use(NapterConnection connection)
    {
        lock (_gate)
        {
            _uses[connection] = _uses.GetValueOrDefault(connection) + 1;
        }

        return new ConnectionUse(() =>
        {
            lock (_gate)
            {
                if (--_uses[connection] == 0)
                {
                    _uses.Remove(connection);
                }
            }
        });
    }

    /// <summary>Whether a command or a job works through a connection.</summary>
    public bool IsUsed(NapterConnection connection)
    {
        lock (_gate)
        {
            return _uses.ContainsKey(connection)
                || _owned.Exists(owned => owned.Thing is ModuleJob job && ReferenceEquals(job.Connection, connection));
        }
    }

    /// <summary>Ends what a runspace owns; returns within a limit.</summary>
    public void CloseOf(RunspaceState runspace)
    {
        runspace.Current = null;
        Close(owned => owned.Owner == runspace, CloseLimit);
    }

    /// <summary>The process ends: entries first, for they outlive it, and at full speed.</summary>
    private void CloseAll(ProcessEnd why)
    {
        var limit = why == ProcessEnd.ConsoleClosed ? ConsoleCloseLimit : CloseLimit;
        foreach (var connection in Owned<NapterConnection>())
        {
            connection.CloseAtExit(limit);
        }

        Close(_ => true, limit);
    }

    private void Close(Predicate<OwnedThing> which, TimeSpan limit)
    {
        OwnedThing[] closing;
        lock (_gate)
        {
            closing = [.. _owned.Where(owned => which(owned))];
            _owned.RemoveAll(closing.Contains);
        }

        if (closing.Length > 0)
        {
            Blocking.Wait(() => CloseInOrderAsync(closing), limit);
        }
    }

    private static async Task CloseInOrderAsync(OwnedThing[] things)
    {
        foreach (var group in things.GroupBy(thing => thing.Order).OrderBy(group => group.Key))
        {
            await Task.WhenAll(group.Select(thing => thing.Close()));
        }
    }

    private sealed class ConnectionUse(Action end) : IDisposable
    {
        private int _ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
            {
                end();
            }
        }
    }
}
