using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace NapterFtp.Testing;

/// <summary>A Linux router with three devices behind it, each in a network namespace of its own: the router has sshd and a firewall that drops
/// what it forwards, the devices vsftpd, the last without passive mode. This process is on the router's WAN side. Needs root and network namespaces; see <see cref="ObstacleAsync"/>.</summary>
public sealed class RouterLab : IAsyncDisposable
{
    public const string Password = "r0uter-secret";

    private const int FirstPassive = 40000;

    private const int LastPassive = 40099;

    /// <summary>The device that knows active mode only.</summary>
    public const int ActiveOnly = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static int s_last;

    private readonly ScratchFolder _folder = new();
    private readonly List<Process> _servers = [];
    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"nf{Environment.ProcessId % 100_000}x{Interlocked.Increment(ref s_last)}");
    private readonly RouterLabOptions _options;

    private RouterLab(RouterLabOptions options) => _options = options;

    /// <summary>The router's address on the WAN side.</summary>
    public IPAddress Wan { get; private set; } = IPAddress.None;

    /// <summary>The devices' addresses in the LAN.</summary>
    public IReadOnlyList<IPAddress> Devices { get; } = [IPAddress.Parse("192.168.77.20"), IPAddress.Parse("192.168.77.21"), IPAddress.Parse("192.168.77.22")];

    /// <summary>The private key that root and guest log in with.</summary>
    public string KeyPath => _folder.File("login");

    /// <summary>The router's host key, as <c>ssh-keygen -l</c> shows it.</summary>
    public string HostKeyFingerprint { get; private set; } = "";

    /// <summary>Of OpenSSH's host keys those that it does not show who asks for none.</summary>
    public IReadOnlyList<string> OtherHostKeys { get; private set; } = [];

    /// <summary>Why no lab can be made here; null where one can.</summary>
    public static async Task<string?> ObstacleAsync()
    {
        if (PeerPackages.Obstacle is { } obstacle)
        {
            return $"a router in a network namespace {obstacle}";
        }

        if (await PeerPackages.EnsureAsync("iproute2:ip", "nftables:nft", "iptables:iptables-save", "openssh-client:ssh-keygen") is { } missing)
        {
            return missing;
        }

        var name = $"nfprobe{Environment.ProcessId}x{Interlocked.Increment(ref s_last)}";
        var made = await ProcessRunner.RunAsync(
            new ProcessCommand("/bin/sh", "-c", $"ip netns add {name} && ip netns exec {name} nft list ruleset; r=$?; ip netns del {name}; exit $r"), Limit, CancellationToken.None);
        return made.Succeeded ? null : $"network namespaces cannot be made here: {made.Error.Trim()}";
    }

    public static async Task<RouterLab> StartAsync(RouterLabOptions options)
    {
        var lab = new RouterLab(options);
        try
        {
            await lab.StartAsync();
            return lab;
        }
        catch
        {
            await lab.DisposeAsync();
            throw;
        }
    }

    /// <summary>The folder that a device's login sees.</summary>
    public string Root(int device) => _folder.Folder($"device{device}");

    /// <summary>Runs a command on the router, as its administrator.</summary>
    public async Task<string> OnRouterAsync(string command)
    {
        var result = await ProcessRunner.RunAsync(new ProcessCommand("ip", "netns", "exec", Router, "/bin/sh", "-c", command), Limit, CancellationToken.None);
        return result.Succeeded ? result.Output : throw new InvalidOperationException(result.ToString());
    }

    /// <summary>All rules on the router, without what only counts.</summary>
    public Task<string> RulesAsync() => OnRouterAsync(_options.Iptables
        ? "iptables-save | grep -v '^#' | sed 's/ *\\[[0-9]*:[0-9]*\\]$//' | awk '/^\\*/{t=$0;o=0} /^(-A|:.* DROP)/{if(!o){print t;o=1} print}'"
        : "nft list ruleset");

    /// <summary>Has the router forward a device's control port and passive ports by itself; its 2121 is the control port. For nftables.</summary>
    public Task<string> ForwardAllAsync(int device) => OnRouterAsync(
        $$"""
        nft -f - <<'X'
        table ip static {
        chain prerouting { type nat hook prerouting priority -110; iifname "wan" tcp dport 2121 dnat to {{Devices[device]}}:21; iifname "wan" tcp dport {{FirstPassive}}-{{LastPassive}} dnat to {{Devices[device]}}; }
        chain postrouting { type nat hook postrouting priority 90; ct status dnat masquerade; }
        }
        insert rule inet fw4 forward ct status dnat accept
        X
        """);

    /// <summary>Whether a device gets a connection, when it has the loopback address lead to the router as well.</summary>
    public async Task<bool> ReachesAsync(int from, string address, int port)
    {
        // The device gives up its own loopback address for it, as somebody who means harm would.
        var result = await ProcessRunner.RunAsync(
            new ProcessCommand(
                "ip", "netns", "exec", Lan(from), "/bin/bash", "-c",
                $"""
                ip route del local 127.0.0.0/8 table local dev lo 2>/dev/null; ip route del local 127.0.0.1 table local dev lo 2>/dev/null
                ip route replace 127.0.0.0/8 via 192.168.77.1; echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; echo 1 > /proc/sys/net/ipv4/tcp_syn_retries
                exec 3<>/dev/tcp/{address}/{port}
                """),
            Limit,
            CancellationToken.None);
        return result.Succeeded;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }

        await ProcessRunner.RunAsync(
            new ProcessCommand("/bin/sh", "-c", $"for n in {Router} {Lan(0)} {Lan(1)} {Lan(2)}; do ip netns pids $n | xargs -r kill -9; ip netns del $n; done; ip link del {_name}w"), Limit, CancellationToken.None);
        _folder.Dispose();
    }

    private string Router => _name + "r";

    private string Lan(int device) => string.Create(CultureInfo.InvariantCulture, $"{_name}l{device}");

    private async Task StartAsync()
    {
        // 1. The networks. 198.18.0.0/15 is for measuring networks (RFC 2544).
        var net = string.Create(CultureInfo.InvariantCulture, $"198.18.{Random.Shared.Next(256)}.{4 * Random.Shared.Next(64)}");
        var bytes = IPAddress.Parse(net).GetAddressBytes();
        IPAddress Host(byte number) => new([bytes[0], bytes[1], bytes[2], (byte)(bytes[3] + number)]);
        Wan = Host(2);
        await RunAsync(
            $"""
            set -e
            for n in {Router} {Lan(0)} {Lan(1)} {Lan(2)}; do ip netns add $n; ip -n $n link set lo up; done
            ip link add {_name}w type veth peer name wan netns {Router}
            ip addr add {Host(1)}/30 dev {_name}w
            ip link set {_name}w up
            ip -n {Router} addr add {Wan}/30 dev wan
            ip -n {Router} link set wan up
            ip -n {Router} link add lan type bridge
            ip -n {Router} addr add 192.168.77.1/24 dev lan
            ip -n {Router} link set lan up
            for d in 0 1 2; do
            ip link add lan$d netns {Router} type veth peer name eth0 netns {_name}l$d
            ip -n {Router} link set lan$d master lan up
            ip -n {_name}l$d addr add 192.168.77.$((20+d))/24 dev eth0
            ip -n {_name}l$d link set eth0 up
            done
            """);
        await OnRouterAsync($"echo {(_options.Forwards ? 1 : 0)} > /proc/sys/net/ipv4/ip_forward\n{(_options.Iptables ? IptablesRules : NftRules)}");

        // 2. The router's login, by key and password.
        await RunAsync($"ssh-keygen -q -t ed25519 -N '' -f {KeyPath} && ssh-keygen -q -t ed25519 -N '' -f {_folder.File("host")}");
        HostKeyFingerprint = (await RunAsync($"ssh-keygen -lf {_folder.File("host.pub")}")).Split(' ')[1];
        foreach (var type in _options.OtherHostKeys)
        {
            await RunAsync($"ssh-keygen -q -t {type} -N '' -f {_folder.File(type)}");
            OtherHostKeys = [.. OtherHostKeys, (await RunAsync($"ssh-keygen -lf {_folder.File(type + ".pub")}")).Split(' ')[1]];
        }

        var shell = "/bin/sh";
        if (_options.Shell is { } runs)
        {
            shell = _folder.File("shell");
            await File.WriteAllTextAsync(shell, $"#!/bin/sh\n{runs}\n");
            await RunAsync($"chmod 755 {shell}");
        }

        var hash = (await RunAsync($"openssl passwd -6 {Password}")).Trim();
        await File.WriteAllTextAsync(
            _folder.File("passwd"), $"root:x:0:0:root:{(_options.Dropbear ? _folder.Folder("home") : "/root")}:{shell}\nguest:x:4321:4321::/tmp:/bin/sh\nsshd:x:4322:4322::/run/sshd:/bin/false\nnobody:x:65534:65534::/:/bin/false\n");
        await File.WriteAllTextAsync(_folder.File("shadow"), $"root:{hash}:19000:0:99999:7:::\nguest:{hash}:19000:0:99999:7:::\n");
        await File.WriteAllTextAsync(
            _folder.File("sshd_config"),
            $"""
            ListenAddress {Wan}:22
            HostKey {_folder.File("host")}
            AuthorizedKeysFile {_folder.File("login.pub")}
            PermitRootLogin yes
            PasswordAuthentication yes
            KbdInteractiveAuthentication no
            UsePAM no
            StrictModes no
            UseDNS no
            MaxStartups 100
            AllowTcpForwarding {(_options.ListensForOthers ? "yes" : "no")}
            PidFile none
            {string.Concat(_options.OtherHostKeys.Select(type => $"HostKey {_folder.File(type)}\n"))}
            {_options.Sshd}

            """);
        var package = _options.Dropbear ? "dropbear-bin" : "openssh-server";
        var program = _options.Dropbear ? "dropbear" : "sshd";
        var sshdRoot = PeerPackages.FindInPath(program) is not null ? "/" : await PeerPackages.ExtractAsync(package);
        if (_options.Dropbear)
        {
            await RunAsync(
                $"""
                export LD_LIBRARY_PATH={PeerPackages.LibraryPath(sshdRoot)}
                {Path.Combine(sshdRoot, "usr/bin/dropbearkey")} -t ed25519 -f {_folder.File("dropbear")} > {_folder.File("dropbear.pub")}
                """);
            HostKeyFingerprint = (await RunAsync($"grep ^ssh- {_folder.File("dropbear.pub")} | ssh-keygen -lf -")).Split(' ')[1];
            await RunAsync($"mkdir -p {_folder.Folder("home")}/.ssh && cp {_folder.File("login.pub")} {_folder.Folder("home")}/.ssh/authorized_keys && chmod -R go-rwx {_folder.Folder("home")}");
        }

        var serve = _options.Dropbear
            ? $"{Path.Combine(sshdRoot, "usr/sbin/dropbear")} -F -E -p {Wan}:22 -r {_folder.File("dropbear")} -P {_folder.File("dropbear.pid")}"
            : $"{Path.Combine(sshdRoot, "usr/sbin/sshd")} -D -e -f {_folder.File("sshd_config")}";
        var hide = string.Join('\n', _options.Hidden.Select(program => $"mount --bind /dev/null $(command -v {program})"));
        Start(
            Router,
            $"""
            mkdir -p /run/sshd
            mount --bind {_folder.File("passwd")} /etc/passwd
            mount --bind {_folder.File("shadow")} /etc/shadow
            mount -t tmpfs tmpfs /var/run
            mkdir -p /run/sshd
            {hide}
            export LD_LIBRARY_PATH={PeerPackages.LibraryPath(sshdRoot)}
            exec {serve}
            """);

        // 3. The devices.
        var vsftpdRoot = PeerPackages.FindInPath("vsftpd") is not null ? "/" : await PeerPackages.ExtractAsync("vsftpd");
        for (var device = 0; device < Devices.Count; device++)
        {
            var config = _folder.File($"vsftpd{device}.conf");
            await File.WriteAllTextAsync(
                config,
                $"""
                listen=YES
                listen_ipv6=NO
                background=NO
                anonymous_enable=NO
                local_enable=YES
                pam_service_name=runuser
                check_shell=NO
                local_root={Root(device)}
                chroot_local_user=YES
                allow_writeable_chroot=YES
                secure_chroot_dir={_folder.Folder("empty")}
                write_enable=YES
                local_umask=022
                seccomp_sandbox=NO
                xferlog_enable=NO
                pasv_enable={(device == ActiveOnly ? "NO" : "YES")}
                connect_from_port_20=YES
                pasv_min_port={FirstPassive}
                pasv_max_port={LastPassive}

                """);
            Start(Lan(device), $"export LD_LIBRARY_PATH={PeerPackages.LibraryPath(vsftpdRoot)}\nexec {Path.Combine(vsftpdRoot, "usr/sbin/vsftpd")} {config}");
        }

        await ListeningAsync(Router, 22);
        await ListeningAsync(Lan(0), 21);
        await ListeningAsync(Lan(1), 21);
        await ListeningAsync(Lan(2), 21);
    }

    private const string NftRules =
        """
        nft -f - <<'X'
        table inet fw4 {
        chain forward { type filter hook forward priority filter; policy drop; ct state established,related accept comment "!fw4: known"; iifname "lan" accept; jump to_lan; }
        chain to_lan { ip daddr 192.168.77.99 accept; reject; }
        chain input { type filter hook input priority filter; policy drop; ct state established,related accept; iifname "wan" tcp dport 22 accept; icmp type echo-request accept; }
        chain dstnat { type nat hook prerouting priority dstnat; tcp dport { 8080, 51000-51009 } dnat ip to 192.168.77.99:80; }
        }
        X
        """;

    private const string IptablesRules =
        """
        iptables-restore <<'X'
        *nat
        -A PREROUTING -p tcp -m multiport --dports 8080,51000:51009 -j DNAT --to-destination 192.168.77.99:80
        COMMIT
        *filter
        :FORWARD DROP [0:0]
        :INPUT DROP [0:0]
        -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A INPUT -i wan -p tcp -m tcp --dport 22 -j ACCEPT
        -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -m comment --comment "what is known" -j ACCEPT
        -A FORWARD -i lan -j ACCEPT
        -A FORWARD -j REJECT
        COMMIT
        X
        """;

    private void Start(string netns, string script)
    {
        var process = ProcessRunner.Start(new ProcessCommand("ip", "netns", "exec", netns, "unshare", "-m", "/bin/sh", "-c", script));
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _servers.Add(process);
    }

    private static Task<string> ListeningAsync(string netns, int port) => RunAsync(
        $"i=0; until ip netns exec {netns} ss -ltn 'sport = :{port}' | grep -q LISTEN; do i=$((i+1)); [ $i -lt 500 ] || exit 1; sleep 0.02; done");

    private static async Task<string> RunAsync(string script)
    {
        var result = await ProcessRunner.RunAsync(new ProcessCommand("/bin/sh", "-c", script), Limit, CancellationToken.None);
        return result.Succeeded ? result.Output : throw new InvalidOperationException(result.ToString());
    }
}

/// <summary>What router there is.</summary>
public sealed record RouterLabOptions
{
    /// <summary>Whether its own rules are iptables', else nftables'.</summary>
    public bool Iptables { get; init; }

    /// <summary>Programs that are not there.</summary>
    public IReadOnlyList<string> Hidden { get; init; } = [];

    /// <summary>Whether its kernel forwards.</summary>
    public bool Forwards { get; init; } = true;

    /// <summary>Whether its SSH server is dropbear, as OpenWrt has it, else OpenSSH's.</summary>
    public bool Dropbear { get; init; }

    /// <summary>The types of further host keys of OpenSSH's, as <c>ssh-keygen -t</c> takes them; it has an ed25519 one.</summary>
    public IReadOnlyList<string> OtherHostKeys { get; init; } = [];

    /// <summary>What the shell of its logins runs, of sh, before it is given <c>-c</c> and a command; null for an ordinary shell.</summary>
    public string? Shell { get; init; }

    /// <summary>Further lines of OpenSSH's configuration.</summary>
    public string Sshd { get; init; } = "";

    /// <summary>Whether its SSH server listens on ports for who has logged in.</summary>
    public bool ListensForOthers { get; init; } = true;
}
