namespace NapterFtp.Routers;

/// <summary>Lets what comes in by an interface of the router go on to its loopback address, where its SSH server listens for us; without
/// GatewayPorts, which is off by default, it listens nowhere else. The kernel's setting is as it was again once no way back is left. Meanwhile
/// a rule keeps all others from the loopback address.</summary>
internal static class LoopbackRoute
{
    /// <summary>Switches it on where it is off, and notes that; fails where the kernel does not let it.</summary>
    public static string Open(string name) =>
        $$"""
        { S=/proc/sys/net/ipv4/conf/{{name}}/route_localnet
        [ "$(cat $S)" = 1 ] || { : > $D/napterftp-localnet-{{name}} && echo 1 > $S; } || { rm -f $D/napterftp-localnet-{{name}}; false; }; }
        """;

    /// <summary>Switches it off where we have switched it on.</summary>
    /// <param name="stillNeeded">A command that succeeds where it is to stay.</param>
    public static string Close(string stillNeeded) =>
        $$"""
        for M in $D/napterftp-localnet-*; do
        [ -e "$M" ] || continue
        {{stillNeeded}} || { echo 0 > "/proc/sys/net/ipv4/conf/${M##*napterftp-localnet-}/route_localnet"; rm -f "$M"; }
        done

        """;
}
