using System.Collections.Concurrent;
using Renci.SshNet;
using Renci.SshNet.Common;
using Renci.SshNet.Messages.Transport;

namespace NapterFtp.Routers;

/// <summary>Which of a router's host keys is asked for, and trusted. An SSH server has one of each type and shows the one whose type we name
/// first (RFC 4253, section 7.1); a fingerprint does not tell its key's type. So the key has changed only where the router shows it under no
/// type.</summary>
/// <param name="known">The fingerprint of the key that is trusted; null for none.</param>
/// <param name="types">The types of the keys that have been seen, by fingerprint; what is found out is added.</param>
internal sealed class HostKeyChoice(string? known, ConcurrentDictionary<string, string> types)
{
    private readonly HashSet<string> _others = [];
    private Shown _last;

    private enum Shown
    {
        Nothing,
        Trusted,
        Other,
        LastOther,
    }

    /// <summary>Whether it is only looked at: the login is not to follow.</summary>
    public bool LooksOnly { get; init; }

    /// <summary>The fingerprint of the trusted key where the router has shown that, else of the first that it has shown; null for none.</summary>
    public string? Seen { get; private set; }

    /// <summary>Whether the last connection told which key the router has.</summary>
    public bool HasAnswer { get; private set; }

    /// <summary>Has a new connection ask for the trusted key first, and for none whose type has turned out to be another's.</summary>
    public void Apply(SshClient client)
    {
        _last = Shown.Nothing;
        var algorithms = client.ConnectionInfo.HostKeyAlgorithms;
        var first = known is null ? null : types.GetValueOrDefault(known);
        var wanted = algorithms.Where(algorithm => !_others.Contains(TypeOf(algorithm.Key))).OrderByDescending(algorithm => TypeOf(algorithm.Key) == first).ToArray();
        algorithms.Clear();
        foreach (var (name, make) in wanted)
        {
            algorithms.Add(name, make);
        }

        client.HostKeyReceived += (_, key) =>
        {
            var isLast = wanted.All(algorithm => TypeOf(algorithm.Key) == TypeOf(key.HostKeyName));
            key.CanTrust = Judge($"SHA256:{key.FingerPrintSHA256.TrimEnd('=')}", TypeOf(key.HostKeyName), isLast) && !LooksOnly;
        };
    }

    /// <summary>Why a connection failed, by what it ended with and the key that was shown in it; null where another is to ask for other keys.</summary>
    public NapterFtpException? Explain(NapterRouter router, Exception exception)
    {
        // Where it has none of the types that were left, it shows nothing more.
        var hasNoOther = _last == Shown.LastOther
            || (_last == Shown.Nothing && Seen is not null && exception is SshConnectionException { DisconnectReason: DisconnectReason.KeyExchangeFailed });
        HasAnswer = hasNoOther || _last == Shown.Trusted;
        return _last == Shown.Other ? null : hasNoOther ? Refusal(router) : RouterErrors.Unreachable(router, exception);
    }

    private NapterFtpException Refusal(NapterRouter router) =>
        known is null ? RouterErrors.HostKeyUnknown(router, Seen!) : RouterErrors.HostKeyChanged(router, known, Seen!);

    private bool Judge(string fingerprint, string type, bool isLast)
    {
        types[fingerprint] = type;
        if (fingerprint == known)
        {
            (Seen, _last) = (fingerprint, Shown.Trusted);
            return true;
        }

        Seen ??= fingerprint;
        _others.Add(type);
        _last = known is null || isLast ? Shown.LastOther : Shown.Other;
        return false;
    }

    /// <summary>The type of the key that an algorithm signs with: RSA's has several, and a certificate certifies a key.</summary>
    private static string TypeOf(string algorithm) =>
        algorithm.Contains("rsa", StringComparison.Ordinal) ? "rsa" : algorithm.Replace("-cert-v01@openssh.com", "", StringComparison.Ordinal);
}
