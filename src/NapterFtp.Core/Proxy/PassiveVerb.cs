namespace NapterFtp.Proxy;

/// <summary>The two ways to ask a device for a data port.</summary>
internal enum PassiveVerb
{
    /// <summary>RFC 959: answered with 227.</summary>
    Pasv,

    /// <summary>RFC 2428: answered with 229.</summary>
    Epsv,
}
