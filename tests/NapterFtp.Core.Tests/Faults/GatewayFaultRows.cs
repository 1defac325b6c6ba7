using NapterFtp.Simulator;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>The gateway fails, on the control connection and on data connections.</summary>
internal static class GatewayFaultRows
{
    public static IReadOnlyList<FaultRow> All { get; } =
    [
        .. Enum.GetValues<GatewayFaultKind>().Select(kind => Row(kind, control: true)),
        .. Enum.GetValues<GatewayFaultKind>().Select(kind => Row(kind, control: false)),
        new("a firewall lets no data port through", bench => bench.Simulator.Faults.Arm(GatewayFault.FirewallBlocksDataPorts()))
        {
            Ways = [FaultWay.Download, FaultWay.Upload, FaultWay.Copy],
            Expected = _ => FaultOutcome.Fails,
        },
        new("upload stalls on its way to the device", bench =>
            bench.Simulator.Faults.Arm(GatewayFault.StallAfter(20_000, toDevice: true) with { Control = false }))
        {
            Ways = [FaultWay.Upload],
            Expected = _ => FaultOutcome.Fails,
        },
        new("upload is reset on its way to the device", bench =>
            bench.Simulator.Faults.Arm(GatewayFault.ResetAfter(20_000, toDevice: true) with { Control = false }))
        {
            Ways = [FaultWay.Upload],
            Expected = _ => FaultOutcome.Fails,
        },
    ];

    private static FaultRow Row(GatewayFaultKind kind, bool control) => new($"{(control ? "control" : "data")}: {kind}", bench =>
        bench.Simulator.Faults.Arm(GatewayFault.Of(kind) with { Control = control, Bytes = control ? 60 : 20_000 }))
    {
        BeforeSession = control,
        Ways = control ? [FaultWay.Download, FaultWay.Copy] : [FaultWay.Download, FaultWay.Upload, FaultWay.Copy],
        Expected = way => (way, kind) switch
        {
            // The copy asks for the size and goes on.
            (FaultWay.Copy, GatewayFaultKind.EndAfterBytes or GatewayFaultKind.EndWithoutCloseNotify) => FaultOutcome.Works,
            (FaultWay.Download, GatewayFaultKind.EndAfterBytes) when !control => FaultOutcome.Undetectable,
            (FaultWay.Download, GatewayFaultKind.EndWithoutCloseNotify) when !control => FaultOutcome.Fails,
            (_, GatewayFaultKind.OtherAuthority or GatewayFaultKind.SelfSigned or GatewayFaultKind.ExpiredCertificate or GatewayFaultKind.WrongHostName)
                => FaultOutcome.Fails,
            (FaultWay.Copy, not (GatewayFaultKind.TlsAlert or GatewayFaultKind.OtherSourceAddress or GatewayFaultKind.PlainEntry)) => FaultOutcome.Works,
            _ => FaultOutcome.Honest,
        },
    };
}
