using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using NapterFtp.Routers;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>Does with its list of rules what the scripts have nftables do.</summary>
internal sealed partial class FakeShell : IRouterShell
{
    /// <summary>The port that a rule of the router's own has.</summary>
    public const int TakenPort = 51000;

    private const string State =
        """
        napterftp:uid 0
        napterftp:clock 1800000000
        napterftp:forward 1
        napterftp:has nft
        napterftp:has awk
        napterftp:has grep
        napterftp:backend nft
        table ip nat {
        	chain prerouting { # handle 1
        		tcp dport 51000 dnat to 192.168.1.99:80 # handle 2
        	}
        }
        """;

    private readonly List<string> _commands = [];
    private readonly SortedSet<int> _rules = [];
    private TaskCompletionSource? _next;

    /// <summary>Whether commands get no answer for ever.</summary>
    public bool IsSilent { get; set; }

    /// <summary>How many commands more get no answer, for the session breaks.</summary>
    public int Breaks { get; set; }

    /// <summary>Whether no rule can be changed.</summary>
    public bool Refuses { get; set; }

    /// <summary>What answers wait for.</summary>
    public Task Answer { get; set; } = Task.CompletedTask;

    public bool IsDisposed { get; private set; }

    public int LongestCommand => 30_000;

    public bool KeepsListening { get; init; }

    public IReadOnlyList<string> Commands
    {
        get
        {
            lock (_rules)
            {
                return [.. _commands];
            }
        }
    }

    /// <summary>The numbers of the rules there.</summary>
    public IReadOnlyList<int> Rules
    {
        get
        {
            lock (_rules)
            {
                return [.. _rules];
            }
        }
    }

    /// <summary>Ends with the next command.</summary>
    public Task Next()
    {
        lock (_rules)
        {
            return (_next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    public async Task<ShellResult> RunAsync(string command, CancellationToken cancellationToken)
    {
        var breaks = Breaks > 0;
        Breaks -= breaks ? 1 : 0;
        lock (_rules)
        {
            _commands.Add(command);
            _next?.TrySetResult();
        }

        if (IsSilent)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        await Answer;
        if (breaks)
        {
            throw new NapterFtpException("RouterUnreachable", NapterFtpErrorKind.Connection, "The session broke.");
        }

        if (!Removal().IsMatch(command))
        {
            return new ShellResult(0, State, "");
        }

        if (Refuses)
        {
            return new ShellResult(74, "", "no");
        }

        lock (_rules)
        {
            _rules.ExceptWith(Removal().Matches(command).SelectMany(match => match.Groups[1].Value.Split('|')).Select(int.Parse));
            _rules.UnionWith(Addition().Matches(command).Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
        }

        return new ShellResult(0, "", "");
    }

    public Task<ReturnListener> ListenAsync(int port, IPAddress device, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    [GeneratedRegex(@"napterftp-[0-9a-f]{16}-\[0-9\]\+-\(([0-9|]+)\)")]
    private static partial Regex Removal();

    [GeneratedRegex("add rule .* dnat to .* comment \"napterftp-[0-9a-f]{16}-[0-9]+-([0-9]+)\"")]
    private static partial Regex Addition();
}
