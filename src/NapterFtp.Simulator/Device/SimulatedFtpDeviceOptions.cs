using System.Net;

namespace NapterFtp.Simulator.Device;

/// <summary>What a simulated device is to be.</summary>
public sealed record SimulatedFtpDeviceOptions
{
    /// <summary>The folder whose content the device shows as its root. It must exist; nothing outside is ever reached.</summary>
    public required string RootPath { get; init; }

    /// <summary>The device's manners.</summary>
    public DeviceProfile Profile { get; init; } = DeviceProfiles.Default;

    /// <summary>The loopback address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The control port; 0 for any that is free.</summary>
    public int Port { get; init; }

    /// <summary>The IPv4 address in the reply to PASV: a private one, as a device behind a gateway has.</summary>
    public IPAddress AnnouncedAddress { get; init; } = IPAddress.Parse("10.128.0.5");

    /// <summary>The only user who may log in; null for anyone with any password.</summary>
    public string? UserName { get; init; }

    /// <summary>The password of <see cref="UserName"/>; null for any.</summary>
    public string? Password { get; init; }

    /// <summary>Whether <c>anonymous</c> and <c>ftp</c> may log in beside <see cref="UserName"/>.</summary>
    public bool AllowsAnonymous { get; init; }

    /// <summary>
    /// Whether data connections must come from the control connection's address; others are answered
    /// <c>425 Security: Bad IP connecting.</c>
    /// </summary>
    public bool ChecksDataPeer { get; init; } = true;

    /// <summary>How long a session may be silent before 421 ends it.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a transfer waits for its data connection before 425.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the system copies whole files to sockets by itself. Not on Windows: its workstation editions send no more than
    /// two files at a time so (TransmitFile), and further downloads would wait for their end.</summary>
    public bool SystemSendsFiles { get; init; } = !OperatingSystem.IsWindows();

    /// <summary>The clock for delays, limits and listings.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Told of every line: <c>&gt;</c> and a command (passwords masked), or <c>&lt;</c> and a line of a reply. Called from many threads.
    /// </summary>
    public Action<string, string>? Transcript { get; init; }

    /// <summary>The first of <see cref="DeviceProfile.PassivePortCount"/> numbers, where devices at different addresses are to have the
    /// same; 0 for any that are free.</summary>
    internal int FirstPassivePort { get; init; }
}
