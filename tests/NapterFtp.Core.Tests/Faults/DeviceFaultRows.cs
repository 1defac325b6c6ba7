using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>The device fails.</summary>
internal static class DeviceFaultRows
{
    private const long Somewhere = 50_000;

    private static readonly FaultWay[] s_all = [FaultWay.Download, FaultWay.Upload, FaultWay.Copy];

    public static IReadOnlyList<FaultRow> All { get; } =
    [
        Row("turns the session away (421)", DeviceFault.RefuseSession()) with { BeforeSession = true },
        Row("never greets", DeviceFault.Silence(DeviceFault.Connecting)) with { BeforeSession = true },
        Row("resets instead of greeting", DeviceFault.DropControl(DeviceFault.Connecting)) with { BeforeSession = true },
        Row("refuses the login", DeviceFault.RefuseLogin()) with { BeforeSession = true, Expected = _ => FaultOutcome.Fails },
        Row("never answers PASS", DeviceFault.Silence("PASS")) with { BeforeSession = true },
        Passive("has no passive port (425)", verb => DeviceFault.ReplyInstead(verb, "425 No port available.")),
        Passive("resets at the passive command", DeviceFault.DropControl),
        Passive("never answers the passive command", DeviceFault.Silence),
        Passive("answers the passive command with nonsense", verb => DeviceFault.ReplyInstead(verb, "227 Entering (1,2,3)")),
        Passive("announces a privileged port", verb => DeviceFault.ReplyInstead(verb, verb == "PASV"
            ? "227 Entering Passive Mode (10,128,0,5,0,22)"
            : "229 Entering Extended Passive Mode (|||22|)")),
        Transfer("resets at the transfer command", DeviceFault.DropControl),
        Transfer("never answers the transfer command", DeviceFault.Silence),
        Transfer("refuses the file (550)", verb => DeviceFault.ReplyInstead(verb, "550 No such file.")),
        Transfer("is too busy for the file (450)", verb => DeviceFault.ReplyInstead(verb, "450 File busy.")),
        Transfer("shuts down at the transfer (421)", verb => DeviceFault.ReplyInstead(verb, "421 Shutting down.")),
        Transfer("resets the data connection", verb => DeviceFault.DropData(Somewhere, verb)),
        Transfer("loses power in mid-transfer", verb => DeviceFault.LosePower(Somewhere, verb)),
        Transfer("stalls in mid-transfer", verb => DeviceFault.StallData(Somewhere, verb)),
        Transfer("breaks off with 451", verb => DeviceFault.FailData(Somewhere, "451 Local error.", verb)),
        Transfer("breaks off with 552", verb => DeviceFault.FailData(Somewhere, "552 Disk full.", verb)),
        Transfer("ends the file early and claims success", verb => DeviceFault.TruncateData(Somewhere, verb)) with
        {
            Expected = way => way == FaultWay.Copy ? FaultOutcome.Works : FaultOutcome.Undetectable,
        },
        Row("claims a wrong size", DeviceFault.WrongSize(17)),
    ];

    private static FaultRow Row(string name, DeviceFault fault) => new(name, bench => bench.Device.Faults.Arm(fault));

    private static FaultRow Passive(string name, Func<string, DeviceFault> fault) => Each(name, fault, "PASV", "EPSV");

    private static FaultRow Transfer(string name, Func<string, DeviceFault> fault) => Each(name, fault, "RETR", "STOR") with { Ways = s_all };

    private static FaultRow Each(string name, Func<string, DeviceFault> fault, params string[] verbs) => new(name, bench =>
    {
        foreach (var verb in verbs)
        {
            bench.Device.Faults.Arm(fault(verb));
        }
    });
}
