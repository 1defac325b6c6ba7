using System.Net;

namespace NapterFtp.Simulator;

/// <summary>Something that is to go wrong with the gateway's entries or connections, and with which: made by a method, refined with
/// <c>with { Control = false, Count = 3 }</c>, and armed with <see cref="SimulatorFaults.Arm(GatewayFault)"/>.</summary>
public sealed record GatewayFault : IFault
{
    private GatewayFault(GatewayFaultKind kind) => Kind = kind;

    /// <summary>What goes wrong.</summary>
    public GatewayFaultKind Kind { get; }

    /// <summary>Whether it happens to FTP's control port or to other ports; null for all.</summary>
    public bool? Control { get; init; }

    /// <summary>The device port it happens to; null for any.</summary>
    public int? DevicePort { get; init; }

    /// <summary>The SIM it happens to; null for any.</summary>
    public string? Imsi { get; init; }

    /// <inheritdoc/>
    public int Skip { get; init; }

    /// <inheritdoc/>
    public int Count { get; init; } = 1;

    /// <summary>After how many bytes it happens.</summary>
    public long Bytes { get; init; }

    /// <summary>Whether <see cref="Bytes"/> counts what the user sends, instead of what the device sends.</summary>
    public bool ToDevice { get; init; }

    /// <summary>How long an entry takes to work, or lives in truth.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>The address that the device sees.</summary>
    public IPAddress SourceAddress { get; init; } = IPAddress.Parse("127.0.0.2");

    /// <summary>A fault of a kind, with the values that its method gives it: 10 seconds, 1,000 bytes from the device.</summary>
    public static GatewayFault Of(GatewayFaultKind kind) => Enum.IsDefined(kind)
        ? new(kind) { Wait = TimeSpan.FromSeconds(10), Bytes = 1000 }
        : throw new ArgumentOutOfRangeException(nameof(kind));

    /// <summary>Makes entries whose port refuses connections.</summary>
    public static GatewayFault RefuseConnections() => new(GatewayFaultKind.RefuseConnections);

    /// <summary>Makes entries that end earlier than the API says.</summary>
    public static GatewayFault ExpiresEarly(TimeSpan after) => new(GatewayFaultKind.ExpiresEarly) { Wait = after };

    /// <summary>Makes entries that work only some time later.</summary>
    public static GatewayFault WorksLater(TimeSpan after) => new(GatewayFaultKind.WorksLater) { Wait = after };

    /// <summary>Makes entries without TLS although it was asked for.</summary>
    public static GatewayFault PlainEntry() => new(GatewayFaultKind.PlainEntry);

    /// <summary>Lets connections get lost before the gateway, as a firewall on the user's side does.</summary>
    public static GatewayFault LostOnTheWay() => new(GatewayFaultKind.LostOnTheWay);

    /// <summary>Resets connections before the handshake.</summary>
    public static GatewayFault ResetBeforeHandshake() => new(GatewayFaultKind.ResetBeforeHandshake);

    /// <summary>Never answers the handshake.</summary>
    public static GatewayFault StallInHandshake() => new(GatewayFaultKind.StallInHandshake);

    /// <summary>Ends the handshake with an alert.</summary>
    public static GatewayFault TlsAlert() => new(GatewayFaultKind.TlsAlert);

    /// <summary>Shows a certificate of another authority.</summary>
    public static GatewayFault OtherAuthority() => new(GatewayFaultKind.OtherAuthority);

    /// <summary>Shows a self-signed certificate.</summary>
    public static GatewayFault SelfSigned() => new(GatewayFaultKind.SelfSigned);

    /// <summary>Shows an expired certificate.</summary>
    public static GatewayFault ExpiredCertificate() => new(GatewayFaultKind.ExpiredCertificate);

    /// <summary>Shows a certificate for another host.</summary>
    public static GatewayFault WrongHostName() => new(GatewayFaultKind.WrongHostName);

    /// <summary>Resets connections after the handshake.</summary>
    public static GatewayFault ResetAfterHandshake() => new(GatewayFaultKind.ResetAfterHandshake);

    /// <summary>Resets connections after some bytes.</summary>
    public static GatewayFault ResetAfter(long bytes, bool toDevice = false) =>
        new(GatewayFaultKind.ResetAfterBytes) { Bytes = bytes, ToDevice = toDevice };

    /// <summary>Moves nothing more after some bytes.</summary>
    public static GatewayFault StallAfter(long bytes, bool toDevice = false) =>
        new(GatewayFaultKind.StallAfterBytes) { Bytes = bytes, ToDevice = toDevice };

    /// <summary>Ends what the device sends after some bytes, with or without <c>close_notify</c>.</summary>
    public static GatewayFault EndAfter(long bytes, bool closeNotify = true) =>
        new(closeNotify ? GatewayFaultKind.EndAfterBytes : GatewayFaultKind.EndWithoutCloseNotify) { Bytes = bytes };

    /// <summary>Keeps the device's end of stream to itself.</summary>
    public static GatewayFault HalfOpen() => new(GatewayFaultKind.HalfOpen);

    /// <summary>The device refuses connections.</summary>
    public static GatewayFault DeviceRefuses() => new(GatewayFaultKind.DeviceRefuses);

    /// <summary>The device doesn't answer connections.</summary>
    public static GatewayFault DeviceTimesOut() => new(GatewayFaultKind.DeviceTimesOut);

    /// <summary>A firewall at the device lets nothing but the control port through, from now on.</summary>
    public static GatewayFault FirewallBlocksDataPorts() => DeviceTimesOut() with { Control = false, Count = int.MaxValue };

    /// <summary>The device sees connections come from <see cref="SourceAddress"/>.</summary>
    public static GatewayFault OtherSourceAddress() => new(GatewayFaultKind.OtherSourceAddress);

    /// <summary>Whether it happens when an entry is made, rather than at a connection.</summary>
    internal bool IsOfEntry => Kind is GatewayFaultKind.RefuseConnections or GatewayFaultKind.ExpiresEarly or GatewayFaultKind.WorksLater
        or GatewayFaultKind.PlainEntry;

    internal bool Fits(string imsi, int devicePort, bool isControl) =>
        (Control is null || Control == isControl)
        && (DevicePort is null || DevicePort == devicePort)
        && (Imsi is null || Imsi == imsi);
}
