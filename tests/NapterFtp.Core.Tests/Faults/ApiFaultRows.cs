using NapterFtp.Simulator;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>SORACOM's API fails.</summary>
internal static class ApiFaultRows
{
    private static readonly ApiFaultKind[] s_ofAnyCall =
        [.. Enum.GetValues<ApiFaultKind>().Where(kind => kind is not (ApiFaultKind.ListIsEmpty or ApiFaultKind.ListIsStale))];

    /// <summary>The answer to a delete has no body.</summary>
    private static readonly ApiFaultKind[] s_ofBodies =
        [ApiFaultKind.EmptyBody, ApiFaultKind.InvalidJson, ApiFaultKind.TruncatedBody, ApiFaultKind.WrongContentType, ApiFaultKind.Slow];

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        .. s_ofAnyCall.Select(Create),
        .. s_ofAnyCall.Except(s_ofBodies).Select(Delete),
        .. Enum.GetValues<ApiFaultKind>().Select(List),
        .. s_ofAnyCall.Where(kind => kind != ApiFaultKind.ExpiredToken).Select(Refresh),
        Lasting("create refused (403), for ever", ApiFault.Error(403) with { Operation = ApiOperation.CreatePortMapping }) with
        {
            // By the SIM it is permitted.
            Expected = _ => FaultOutcome.Works,
        },
        Lasting("create fails (503), for ever", ApiFault.HtmlError(503) with { Operation = ApiOperation.CreatePortMapping }),
        Lasting("create's answer lost, for ever", ApiFault.LostAnswer() with { Operation = ApiOperation.CreatePortMapping }) with
        {
            // Each is looked for and found, so that the user need not notice.
            Expected = _ => FaultOutcome.Honest,
        },
        Lasting("delete fails (500), until after the transfer", ApiFault.DeleteFails()) with { Expected = _ => FaultOutcome.Works },
        new("the token expires and sign-in is refused, for ever", bench =>
        {
            bench.Simulator.Faults.Arm(ApiFault.ExpiredToken());
            bench.Simulator.Faults.Arm(ApiFault.Error(401) with { When = IsSignIn, Count = int.MaxValue });
        })
        {
            Expected = _ => FaultOutcome.Fails,

            // So long refused credentials are not sent again, so that the account isn't locked.
            Heals = TimeSpan.FromSeconds(90),
        },
    ];

    private static FaultRow Create(ApiFaultKind kind) => new($"create: {kind}", bench =>
        bench.Simulator.Faults.Arm(ApiFault.Of(kind) with { Operation = ApiOperation.CreatePortMapping }))
    {
        Expected = way => BeforePort(kind, way),
    };

    private static FaultRow Delete(ApiFaultKind kind) => new($"delete: {kind}", bench =>
        bench.Simulator.Faults.Arm(ApiFault.Of(kind) with { Operation = ApiOperation.DeletePortMapping }))
    {
        Expected = _ => FaultOutcome.Works,
    };

    private static FaultRow List(ApiFaultKind kind) => new($"list for a lost create: {kind}", bench =>
    {
        bench.Simulator.Faults.Arm(ApiFault.LostAnswer() with { Operation = ApiOperation.CreatePortMapping });
        bench.Simulator.Faults.Arm(ApiFault.Of(kind) with { When = IsList });
    })
    {
        Expected = way => BeforePort(kind, way),
    };

    private static FaultRow Refresh(ApiFaultKind kind) => new($"new token: {kind}", bench =>
    {
        bench.Simulator.Faults.Arm(ApiFault.ExpiredToken());
        bench.Simulator.Faults.Arm(ApiFault.Of(kind) with { When = IsSignIn });
    })
    {
        Expected = way => BeforePort(kind, way),
    };

    /// <summary>What a call that has to come before the port does to the transfer. A client hears of a stalled one before it gives up by
    /// itself, and that is before the call does.</summary>
    private static FaultOutcome BeforePort(ApiFaultKind kind, FaultWay way) =>
        kind == ApiFaultKind.Stall && way != FaultWay.Copy ? FaultOutcome.Fails : FaultOutcome.Works;

    private static FaultRow Lasting(string name, ApiFault fault) => new(name, bench => bench.Simulator.Faults.Arm(fault with { Count = int.MaxValue }))
    {
        Expected = _ => FaultOutcome.Fails,
    };

    private static bool IsSignIn(ApiCall call) => call.Operation is ApiOperation.Auth or ApiOperation.GenerateAuthToken;

    private static bool IsList(ApiCall call) => call.Operation is ApiOperation.ListPortMappings
        or ApiOperation.ListPortMappingsForSim or ApiOperation.ListPortMappingsForSubscriber;
}
