using NapterFtp.Client;

namespace NapterFtp.Diagnosis;

/// <summary>What a <see cref="DeviceCheck"/> is to check, and how patiently.</summary>
internal sealed record DeviceCheckOptions
{
    public required DeviceTarget Device { get; init; }

    /// <summary>The FTP server's control port on the device.</summary>
    public int DevicePort { get; init; } = 21;

    /// <summary>Login, encoding and limits of the FTP session. Its <see cref="FtpClientOptions.ConnectTimeout"/> holds for TCP and
    /// for TLS each.</summary>
    public FtpClientOptions Client { get; init; } = new();

    /// <summary>The folder that is listed and, where asked for, written to; relative ones start from the login's.</summary>
    public string Folder { get; init; } = ".";

    /// <summary>Whether a file is to be uploaded and deleted.</summary>
    public bool Upload { get; init; }

    /// <summary>The life asked for the Napter ports.</summary>
    public TimeSpan PortDuration { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A life shorter than this was probably meant in minutes.</summary>
    public TimeSpan ShortestSensibleDuration { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>A device not heard of for longer than this, which does not answer either, is held to be gone.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromHours(6);

    /// <summary>A connection that ends within this time was refused by the device; one that ends later was not answered.</summary>
    public TimeSpan RefusalLimit { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long the audit log is given to catch up.</summary>
    public TimeSpan AuditDelay { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long closing the ports at the end is waited for.</summary>
    public TimeSpan CloseLimit { get; init; } = TimeSpan.FromSeconds(10);

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Asks whether the file named may be uploaded and deleted.</summary>
    public Func<string, CancellationToken, Task<bool>> Approve { get; init; } = (_, _) => Task.FromResult(true);
}
