namespace NapterFtp.Simulator;

/// <summary>What goes wrong with an entry or one of its connections.</summary>
public enum GatewayFaultKind
{
    /// <summary>An entry is made whose port refuses connections.</summary>
    RefuseConnections,

    /// <summary>An entry ends earlier than the API says.</summary>
    ExpiresEarly,

    /// <summary>An entry works only some time after it was made.</summary>
    WorksLater,

    /// <summary>An entry is made without TLS although TLS was asked for.</summary>
    PlainEntry,

    /// <summary>The connection never reaches the gateway, as behind a firewall on the user's side: nothing is answered, and the
    /// audit log knows nothing of it.</summary>
    LostOnTheWay,

    /// <summary>The connection is reset before the TLS handshake.</summary>
    ResetBeforeHandshake,

    /// <summary>The TLS handshake is never answered.</summary>
    StallInHandshake,

    /// <summary>The TLS handshake ends with a fatal alert.</summary>
    TlsAlert,

    /// <summary>The certificate is of an authority that nobody trusts.</summary>
    OtherAuthority,

    /// <summary>The certificate is signed by itself.</summary>
    SelfSigned,

    /// <summary>The certificate has expired.</summary>
    ExpiredCertificate,

    /// <summary>The certificate is for another host.</summary>
    WrongHostName,

    /// <summary>The connection is reset after the TLS handshake.</summary>
    ResetAfterHandshake,

    /// <summary>The connection is reset after some bytes.</summary>
    ResetAfterBytes,

    /// <summary>Nothing moves any more in one direction after some bytes.</summary>
    StallAfterBytes,

    /// <summary>The direction to the user ends in good order after some bytes, though the device has more.</summary>
    EndAfterBytes,

    /// <summary>As <see cref="EndAfterBytes"/>, but without TLS's <c>close_notify</c>.</summary>
    EndWithoutCloseNotify,

    /// <summary>The user never learns that the device has ended its direction.</summary>
    HalfOpen,

    /// <summary>The device refuses the connection.</summary>
    DeviceRefuses,

    /// <summary>The device never answers the connection, as behind a firewall.</summary>
    DeviceTimesOut,

    /// <summary>The device sees the connection come from another address.</summary>
    OtherSourceAddress,
}
