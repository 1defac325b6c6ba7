using System.Globalization;

namespace NapterFtp.Routers;

/// <summary>What goes wrong with routers, in words for people. No error has changed anything on the router.</summary>
internal static class RouterErrors
{
    public static NapterFtpException HostKeyChanged(NapterRouter router, string known, string seen) => new(
        "RouterHostKeyChanged",
        NapterFtpErrorKind.Security,
        $"The SSH server at {router.Target} port {router.Port} has another host key than it should: {seen}, not {known}. Nothing was sent to it.",
        "Somebody may be in between, or the router was replaced or set up anew. Where that is so, give its new key with New-NapterRouter -HostKeyFingerprint.",
        router);

    public static NapterFtpException HostKeyUnknown(NapterRouter router, string seen) => new(
        "RouterHostKeyUnknown",
        NapterFtpErrorKind.Security,
        $"The host key of the router {router.Target} is not known yet: {seen}. Nothing was sent to it.",
        "Compare it with what 'ssh-keygen -lf' shows on the router, then give it with New-NapterRouter -HostKeyFingerprint.",
        router);

    public static NapterFtpException LoginRefused(NapterRouter router, Exception? cause) => new(
        "RouterLoginRefused",
        NapterFtpErrorKind.Authentication,
        $"The router {router.Target} does not let '{router.UserName}' in.",
        "Check -Credential or -KeyFilePath of New-NapterRouter, for a schedule what its -RouterCredentialName names, and that the router's SSH server lets this user in from the mobile network.",
        router,
        cause);

    public static NapterFtpException KeyUnreadable(string path, Exception cause) => new(
        "RouterKeyUnreadable",
        NapterFtpErrorKind.File,
        $"'{path}' cannot be read as a private key: {cause.Message}",
        "Give an OpenSSH or PEM private key, and its passphrase with -KeyPassphrase.",
        path,
        cause);

    public static NapterFtpException KeyTooOpen(string path) => new(
        "RouterKeyTooOpen",
        NapterFtpErrorKind.PermissionDenied,
        $"Other users of this computer may read or change the private key '{path}'.",
        Soracom.OwnFile.Remedy(path),
        path);

    public static NapterFtpException Unreachable(NapterRouter router, Exception cause) => new(
        "RouterUnreachable",
        NapterFtpErrorKind.Connection,
        $"The SSH session with the router {router.Target}, port {router.Port}, failed: {cause.Message.TrimEnd('.')}.",
        "Check that an SSH server runs on the router, that it may be reached from the mobile network, and its -Port.",
        router,
        cause);

    public static NapterFtpException CommandTimeout(NapterRouter router, TimeSpan limit) => new(
        "RouterCommandTimeout",
        NapterFtpErrorKind.Timeout,
        $"The router {router.Target} did not do what it was told within {limit.TotalSeconds:0} s.",
        "Look whether it is under load, and whether its login has a shell rather than a menu; another program may hold the lock of iptables.",
        router);

    public static NapterFtpException ApiLimit(NapterRouter router, Exception cause) => new(
        "RouterApiLimitExceeded",
        NapterFtpErrorKind.Timeout,
        $"The router {router.Target} did not answer within the 10 s that SORACOM allows for a command.",
        "Use -Via Napter, which has no such limit.",
        router,
        cause);

    public static NapterFtpException ApiRefused(NapterRouter router, Exception cause) => new(
        "RouterApiRefused",
        NapterFtpErrorKind.Connection,
        $"SORACOM could not run a command on the router {router.Target}: it cannot be reached, or does not let '{router.UserName}' in.",
        "Check login and -Port, that the SIM is online and that an SSH server runs on the router; -Via Napter tells which it is.",
        router,
        cause);

    public static NapterFtpException CommandTooLong(NapterRouter router, int limit) => new(
        "RouterCommandTooLong",
        NapterFtpErrorKind.LimitReached,
        string.Create(
            CultureInfo.InvariantCulture,
            $"A command for the router {router.Target} is longer than the {limit:N0} bytes that {(router.Via == NapterRouterVia.Api ? "SORACOM" : "its SSH server")} takes."),
        $"The router has very many chains that may drop packets.{(router.Via == NapterRouterVia.Api ? " Use -Via Napter, which takes longer ones." : " Let fewer of them do so, or use another SSH server.")}",
        router);

    public static NapterFtpException ShellUnusable(NapterRouter router, string said) => new(
        "RouterShellUnusable",
        NapterFtpErrorKind.Protocol,
        $"The login '{router.UserName}' at the router {router.Target} does not run our commands{(said.Length > 0 ? $"; it says: {said}" : ".")}",
        "Give that user an ordinary shell (sh, ash, bash), neither a restricted one nor a menu nor a command of the SSH server's, and a password that has not expired.",
        router);

    public static NapterFtpException NotRoot(NapterRouter router) => new(
        "RouterNotRoot",
        NapterFtpErrorKind.PermissionDenied,
        $"'{router.UserName}' is not root at the router {router.Target}, so that no rules can be made.",
        "Log in as root: sudo is not used.",
        router);

    public static NapterFtpException BackendMissing(NapterRouter router) => new(
        "RouterBackendMissing",
        NapterFtpErrorKind.NotFound,
        router.Backend switch
        {
            NapterRouterBackend.Nftables => $"The router {router.Target} has no nft.",
            NapterRouterBackend.Iptables => $"The router {router.Target} has no iptables-save and iptables-restore.",
            _ => $"The router {router.Target} has neither nft nor iptables-save and iptables-restore.",
        },
        "Install nftables or iptables there, or leave -Backend to what is there.",
        router);

    public static NapterFtpException ToolMissing(NapterRouter router, string tool) => new(
        "RouterToolMissing",
        NapterFtpErrorKind.NotFound,
        $"The router {router.Target} has no {tool}, which our rules are found with.",
        "Install it there; BusyBox has it.",
        router);

    public static NapterFtpException NotForwarding(NapterRouter router) => new(
        "RouterNotForwarding",
        NapterFtpErrorKind.NotFound,
        $"The router {router.Target} forwards nothing: net.ipv4.ip_forward is 0.",
        "Switch it on there, in /etc/sysctl.conf or the like: this module leaves the router's settings alone.",
        router);

    public static NapterFtpException PortTaken(NapterRouter router, int port, string rule) => new(
        "RouterPortTaken",
        NapterFtpErrorKind.InUse,
        $"Port {port} of the router {router.Target} leads elsewhere already: {rule.Trim()}",
        "Give other ports with New-NapterRouter -PortRange.",
        router);

    public static NapterFtpException PortsExhausted(NapterRouter router) => new(
        "RouterPortsExhausted",
        NapterFtpErrorKind.LimitReached,
        $"All of the router {router.Target}'s ports {router.FirstPort}-{router.LastPort} are in use.",
        "Give a wider New-NapterRouter -PortRange.",
        router);

    public static NapterFtpException ListenRefused(NapterRouter router, int port, Exception cause) => new(
        "RouterListenRefused",
        NapterFtpErrorKind.InUse,
        $"The SSH server of the router {router.Target} does not listen on its port {port} for us: {cause.Message.TrimEnd('.')}.",
        "Let it forward ports: AllowTcpForwarding yes, and neither PermitListen nor DisableForwarding (OpenSSH), or dropbear without -k. Devices that know active mode only cannot be reached without.",
        router,
        cause);

    public static NapterFtpException LoopbackClosed(NapterRouter router, string said) => new(
        "RouterLoopbackClosed",
        NapterFtpErrorKind.PermissionDenied,
        $"The router {router.Target} does not let its network's connections come to its SSH server's forwarded ports: {said.Trim()}",
        "Its kernel must allow net.ipv4.conf.*.route_localnet, which a container often may not set.",
        router);

    public static NapterFtpException NoWayBack(NapterRouter router) => new(
        "RouterReturnRouteMissing",
        NapterFtpErrorKind.NotFound,
        $"The device {router.DeviceAddress} is in no network of the router {router.Target}'s own, or the router has no ip command, so that the device cannot be told where to connect to.",
        "Check -DeviceAddress of New-NapterRouter, and install ip there; BusyBox has it.",
        router);

    public static NapterFtpException ReturnByApi(NapterRouter router) => new(
        "RouterCannotListen",
        NapterFtpErrorKind.InvalidArgument,
        $"The device {router.DeviceAddress} knows active mode only, and nothing comes back by SORACOM's API.",
        "Use New-NapterRouter -Via Napter: through its SSH session the device can connect to us.",
        router);

    public static NapterFtpException StrangerCame(NapterRouter router, string from, System.Net.IPAddress device) => new(
        "RouterPeerRefused",
        NapterFtpErrorKind.Security,
        $"{from} instead of the device {device} made a data connection to the router {router.Target}. It was refused.",
        "Find out what it is; a device with several addresses must use the one given with -DeviceAddress.",
        router);

    public static NapterFtpException RuleRefused(NapterRouter router, string said) => new(
        "RouterRuleRefused",
        NapterFtpErrorKind.Protocol,
        $"The router {router.Target} refused the rules: {said.Trim()}",
        "Its disk may be full or read-only, or its kernel lack a part, as address translation: look into its log, or try the other -Backend.",
        router);

    public static NapterFtpException OtherDevice(NapterRouter router, string given) => new(
        "RouterOfOtherDevice",
        NapterFtpErrorKind.InvalidArgument,
        $"-Router is that of {router.Target}, but {given} is chosen.",
        "With -Router leave the device out, or choose the router's SIM.",
        given);

    public static NapterFtpException WithPortMap(NapterRouter router) => new(
        "RouterWithDevicePortMap",
        NapterFtpErrorKind.InvalidArgument,
        "Both -Router and -DevicePortMap are given.",
        "Give -DevicePortMap where the router forwards by itself, -Router where it is to be told.",
        router);
}
