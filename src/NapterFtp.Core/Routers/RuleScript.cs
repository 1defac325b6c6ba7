using System.Globalization;
using System.Text;

namespace NapterFtp.Routers;

/// <summary>Makes the scripts that a router runs. Pure: what is in them comes from numbers, parsed addresses and names checked by
/// <see cref="RouterState"/>. One script is one command, under a lock that all of ours on the router take.</summary>
/// <param name="firewall">Whose rules are made.</param>
internal sealed class RuleScript(IFirewall firewall)
{
    /// <summary>The exit status where a port is somebody else's already; nothing was changed then.</summary>
    public const int Taken = 75;

    /// <summary>The exit status where the kernel does not let a device's connections come to the loopback address; nothing is changed then.</summary>
    public const int Closed = 76;

    /// <summary>The exit status where the router could not note when it is to remove the rules; none were added then.</summary>
    public const int NotNoted = 77;

    /// <summary>What comes before the rule that has the port.</summary>
    public const string TakenMark = "napterftp-taken ";

    /// <summary>Said where rules of the owner were expected and their time had run out.</summary>
    public const string LapsedMark = "napterftp-lapsed";

    private const string Prologue =
        """
        PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
        LC_ALL=C
        export PATH LC_ALL
        umask 077
        D=/var/run
        [ -w $D ] || D=/tmp
        n=0
        until E=$(mkdir $D/napterftp.lock 2>&1); do
        case $E in *"File exists"*) ;; *) echo "$E" >&2; exit 71;; esac
        n=$((n+1))
        [ $n -lt 6 ] || rmdir $D/napterftp.lock 2>/dev/null
        sleep 1
        done
        trap 'rmdir $D/napterftp.lock' EXIT

        """;

    /// <summary>Removes and adds rules, and has the router remove all of the owner's after a while without news.</summary>
    public string Change(RuleChange change)
    {
        var script = new StringBuilder(Prologue);
        var gone = change.Remove.Concat(change.Add.Select(rule => rule.Tag.Number)).ToArray();

        // 1. What has to go; what is to be added too, for an attempt whose answer was lost may have added it.
        if (gone.Length > 0)
        {
            script.Append(Remove(new RuleSelection(change.Owner, gone)));
        }

        // 2. What is new, all or nothing.
        if (change.Add.Count > 0)
        {
            script.Append(firewall.RefuseTaken(change.Add));
            script.Append(firewall.Add(change.Add));
            foreach (var name in change.Add.Select(rule => rule.Back?.Interface).OfType<string>().Distinct())
            {
                script.Append(LoopbackRoute.Open(name)).Append(" || {\n").Append(Remove(new RuleSelection(change.Owner, gone))).Append(CultureInfo.InvariantCulture, $"exit {Closed}\n}}\n");
            }
        }

        // 3. The router's own clean-up: begun, put off, or called off with the last rule.
        script.Append(change.IsLast ? CallOff(change.Owner) : Watch(change.Owner, change.Life, change.Add.Count > 0 ? $"{Remove(new RuleSelection(change.Owner, gone))}exit {NotNoted}\n" : ""));
        return ShellText.Run(script.ToString());
    }

    /// <summary>Puts the router's own clean-up off, and says where it has been already.</summary>
    public string Renew(string owner, TimeSpan life) =>
        ShellText.Run($"{Prologue}[ -e $D/napterftp-{owner} ] || {{ echo {LapsedMark}; exit 0; }}\n{Watch(owner, life, $"exit {NotNoted}\n")}");

    /// <summary>Removes all rules of owners that have gone.</summary>
    public string RemoveOwners(IReadOnlyCollection<string> owners)
    {
        var script = new StringBuilder(Prologue);
        foreach (var owner in owners)
        {
            script.Append(Remove(new RuleSelection(owner))).Append(CallOff(owner));
        }

        return ShellText.Run(script.ToString());
    }

    /// <summary>With what only they needed, before they themselves go.</summary>
    private string Remove(RuleSelection selection) => LoopbackRoute.Close(firewall.HasReturn(selection)) + firewall.Remove(selection);

    /// <summary>A loop on the router that outlives our session. By the time since its start, for clocks of routers jump.</summary>
    /// <param name="owner">Whose rules it removes.</param>
    /// <param name="life">After how long without news.</param>
    /// <param name="otherwise">What is done where that time cannot be noted, as on a full disk: the one before stands.</param>
    private string Watch(string owner, TimeSpan life, string otherwise)
    {
        var seconds = (long)Math.Ceiling(life.TotalSeconds);
        var step = Math.Clamp(seconds / 10, 1, 30);
        var loop = $$"""
            trap "" HUP
            PATH=$PATH:/usr/sbin:/sbin:/usr/bin:/bin
            LC_ALL=C
            export PATH LC_ALL
            W=$1
            D=${W%/*}
            while sleep {{step}}; do
            [ -e $W ] || exit
            read t < $W
            read u r < /proc/uptime
            [ ${u%%.*} -lt $t ] && continue
            {{Remove(new RuleSelection(owner))}}rm -f $W $W.pid
            exit
            done
            """;
        return $$"""
            W=$D/napterftp-{{owner}}
            read u r < /proc/uptime
            { echo $(( ${u%%.*} + {{seconds}} )) > $W.new && read t < $W.new && mv $W.new $W; } || {
            rm -f $W.new
            echo "$W cannot be written" >&2
            {{otherwise}}}
            p=$(cat $W.pid 2>/dev/null)
            if [ -z "$p" ] || ! grep -q {{owner}} /proc/$p/cmdline 2>/dev/null; then
            /bin/sh -c {{ShellText.Quote(loop)}} napterftp $W </dev/null >/dev/null 2>&1 &
            echo $! > $W.pid
            fi

            """;
    }

    private static string CallOff(string owner) =>
        $"""
        W=$D/napterftp-{owner}
        p=$(cat $W.pid 2>/dev/null)
        [ -z "$p" ] || ! grep -q {owner} /proc/$p/cmdline 2>/dev/null || kill $p
        rm -f $W $W.pid

        """;
}

/// <summary>What is to become different on the router, by one command.</summary>
internal sealed record RuleChange
{
    /// <inheritdoc cref="RuleTag.Owner"/>
    public required string Owner { get; init; }

    public IReadOnlyList<ForwardRule> Add { get; init; } = [];

    /// <summary>The numbers of the owner's rules to remove; one that is not there is no error.</summary>
    public IReadOnlyList<int> Remove { get; init; } = [];

    /// <summary>Whether the owner has no rule there afterwards.</summary>
    public bool IsLast { get; init; }

    /// <summary>After how long without news the router removes the owner's rules.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromMinutes(10);
}

/// <summary>The parts of a script that differ between nftables and iptables. Each ends with a line feed.</summary>
internal interface IFirewall
{
    /// <summary>Lists rules, as <see cref="RouterState"/> reads them.</summary>
    string List { get; }

    /// <summary>Ends the script with <see cref="RuleScript.Taken"/> where one of the ports leads somewhere already.</summary>
    string RefuseTaken(IReadOnlyList<ForwardRule> rules);

    /// <summary>Adds all or nothing.</summary>
    string Add(IReadOnlyList<ForwardRule> rules);

    /// <summary>A command that succeeds where a way back of ours is there that is none of these.</summary>
    string HasReturn(RuleSelection without);

    /// <summary>Removes precisely the rules with these comments, and what only they needed.</summary>
    string Remove(RuleSelection selection);
}

/// <summary>What both have in common.</summary>
internal static class Firewalls
{
    /// <summary>Extended regular expression for any of the rules' ports at the router.</summary>
    public static string AnyPort(IReadOnlyList<ForwardRule> rules) =>
        $"dport ({string.Join('|', rules.Select(rule => rule.RouterPort.ToString(CultureInfo.InvariantCulture)))})";
}
