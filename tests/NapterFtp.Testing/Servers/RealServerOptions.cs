namespace NapterFtp.Testing;

/// <summary>How a real FTP server is to run.</summary>
public sealed record RealServerOptions
{
    /// <summary>The folder the login sees as <c>/</c>, with write access.</summary>
    public required string RootPath { get; init; }

    /// <summary>How many passive ports the server may use; null for any. A handful is typical of devices. pure-ftpd
    /// takes half as many clients at a time.</summary>
    public int? PassivePortCount { get; init; }

    /// <summary>Whether data connections may come from another address than the control connection. Real servers refuse that
    /// unless told otherwise, and so does this by default.</summary>
    public bool AnyDataPeer { get; init; }
}
