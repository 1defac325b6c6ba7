using System.Globalization;
using System.Net;
using System.Security;
using NapterFtp.Ftp;
using NapterFtp.Routers;

namespace NapterFtp;

/// <summary>A Linux router with the SIM, and one device behind it. What <c>-Router</c> takes.</summary>
public sealed class NapterRouter
{
    internal NapterRouter(DeviceTarget target, IPAddress deviceAddress, RouterLogin login)
    {
        Target = target;
        DeviceAddress = deviceAddress;
        Login = login;
    }

    /// <summary>The router's IMSI, where that chooses it.</summary>
    public string? Imsi => Target.Imsi;

    /// <summary>The SIM ID of the router's SIM, where that chooses it.</summary>
    public string? SimId => Target.SimId;

    /// <summary>The device's IPv4 address in the network behind the router.</summary>
    public IPAddress DeviceAddress { get; }

    /// <summary>The user who logs in at the router.</summary>
    public string UserName => Login.UserName;

    /// <summary>The router's SSH port.</summary>
    public int Port { get; internal init; } = 22;

    /// <summary>The file with the private key to log in with; null where a password is used.</summary>
    public string? KeyFilePath { get; internal init; }

    /// <summary>How commands reach the router.</summary>
    public NapterRouterVia Via { get; internal init; }

    /// <summary>Whose rules are made.</summary>
    public NapterRouterBackend Backend { get; internal init; }

    /// <summary>The router's host key, as <c>ssh-keygen -l</c> shows it; null where SORACOM is who logs in.</summary>
    public string? HostKeyFingerprint { get; internal init; }

    /// <summary>The lowest of the router's ports that may lead to the device.</summary>
    public int FirstPort { get; internal init; } = 50000;

    /// <summary>The highest of them.</summary>
    public int LastPort { get; internal init; } = 59999;

    /// <summary>After this time without news of us the router removes our rules by itself.</summary>
    public TimeSpan RuleDuration { get; internal init; } = TimeSpan.FromMinutes(10);

    internal DeviceTarget Target { get; }

    internal RouterLogin Login { get; private set; }

    /// <summary>A map of ports that has each of the device's reached through the router.</summary>
    internal DevicePortMap Ports => DevicePortMap.Behind(this);

    /// <summary>The same router and device, with another login.</summary>
    internal NapterRouter With(RouterLogin login)
    {
        var copy = (NapterRouter)MemberwiseClone();
        copy.Login = login;
        return copy;
    }

    /// <summary>The number of the SIM.</summary>
    internal string ToTarget() => Target.ToString();

    /// <summary>The SIM and the address behind it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Target}/{DeviceAddress}");
}

/// <summary>How commands reach a router.</summary>
public enum NapterRouterVia
{
    /// <summary>An SSH session of our own through a Napter port, its host key verified.</summary>
    Napter,

    /// <summary>SORACOM logs in (<c>POST /sims/{sim_id}/downlink/ssh</c>): no port of its own, no host key that could be verified, and SORACOM gets
    /// the login.</summary>
    Api,
}

/// <summary>What filters packets on a router.</summary>
public enum NapterRouterBackend
{
    /// <summary>What is found there.</summary>
    Auto,

    /// <summary>nftables, by <c>nft</c>.</summary>
    Nftables,

    /// <summary>iptables, by <c>iptables-save</c> and <c>iptables-restore</c>.</summary>
    Iptables,
}

/// <summary>How to log in to a router: by password, or by a private key with its passphrase.</summary>
/// <param name="UserName">The user's name; only root changes rules.</param>
/// <param name="Password">The password; null where a key is used.</param>
/// <param name="Key">The private key as its file holds it; null where a password is used.</param>
/// <param name="Passphrase">The key's; null for none.</param>
internal sealed record RouterLogin(string UserName, SecureString? Password, string? Key, SecureString? Passphrase)
{
    /// <summary>Whether they are the same texts, whoever looked them up.</summary>
    public bool Equals(RouterLogin? other) =>
        other is not null && UserName == other.UserName && Key == other.Key && AreEqual(Password, other.Password) && AreEqual(Passphrase, other.Passphrase);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(UserName);

    /// <summary>Never the secrets.</summary>
    public override string ToString() => UserName;

    private static bool AreEqual(SecureString? one, SecureString? other) =>
        ReferenceEquals(one, other) || (one is not null && other is not null && PlainSecret.Of(one) == PlainSecret.Of(other));
}
