namespace NapterFtp.Simulator.Device;

/// <summary>
/// Something that is to go wrong on a device, and when: made by a method, refined with <c>with { Skip = 2, Count = 1 }</c>, and armed with
/// <see cref="DeviceFaults.Arm"/>.
/// </summary>
public sealed record DeviceFault
{
    /// <summary>The <see cref="Verb"/> that stands for a client's connecting, before the greeting.</summary>
    public const string Connecting = "CONNECT";

    private DeviceFault(DeviceFaultKind kind) => Kind = kind;

    /// <summary>What goes wrong.</summary>
    public DeviceFaultKind Kind { get; }

    /// <summary>The command it happens at, in upper case, or <see cref="Connecting"/>; null for any command.</summary>
    public string? Verb { get; init; }

    /// <summary>Asked with the command and its argument, whether this is the one; null for any.</summary>
    public Func<string, string, bool>? When { get; init; }

    /// <summary>How many fitting occasions pass unharmed first.</summary>
    public int Skip { get; init; }

    /// <summary>How often it happens; <see cref="int.MaxValue"/> for ever.</summary>
    public int Count { get; init; } = 1;

    /// <summary>After how many data bytes it happens; for <see cref="DeviceFaultKind.WrongSize"/> how many bytes too many are claimed.</summary>
    public long Bytes { get; init; }

    /// <summary>Waited for once that many data bytes have been moved, before it happens: a reset throws away what the client has not yet read.</summary>
    public Func<Task>? NotBefore { get; init; }

    /// <summary>The whole reply, its code included.</summary>
    public string Reply { get; init; } = "";

    /// <summary>How much later a command is carried out.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>What happens to the file, whose path on disk it is given.</summary>
    public Action<string>? Change { get; init; }

    /// <summary>Turns a new session away; by default as one too many.</summary>
    public static DeviceFault RefuseSession(string reply = "421 Too many users, sorry.") => ReplyInstead(Connecting, reply);

    /// <summary>Refuses a login.</summary>
    public static DeviceFault RefuseLogin(string reply = "530 Login incorrect.") => ReplyInstead("PASS", reply);

    /// <summary>Resets the control connection at a command; null for the next, whichever it is.</summary>
    public static DeviceFault DropControl(string? verb = null) => new(DeviceFaultKind.DropControl) { Verb = verb };

    /// <summary>Never answers a command.</summary>
    public static DeviceFault Silence(string? verb = null) => new(DeviceFaultKind.Silence) { Verb = verb };

    /// <summary>Answers a command with a reply instead of carrying it out; a 421 ends the session.</summary>
    public static DeviceFault ReplyInstead(string? verb, string reply) => new(DeviceFaultKind.ReplyInstead) { Verb = verb, Reply = reply };

    /// <summary>Carries a command out late.</summary>
    public static DeviceFault Delay(string? verb, TimeSpan wait) => new(DeviceFaultKind.Delay) { Verb = verb, Wait = wait };

    /// <summary>Resets the data connection after some bytes.</summary>
    public static DeviceFault DropData(long bytes, string? verb = null) => new(DeviceFaultKind.DropData) { Bytes = bytes, Verb = verb };

    /// <summary>Resets data and control connection after some data bytes.</summary>
    public static DeviceFault LosePower(long bytes, string? verb = null) => new(DeviceFaultKind.LosePower) { Bytes = bytes, Verb = verb };

    /// <summary>Ends the data early and claims success; of an upload, only so many bytes are kept.</summary>
    public static DeviceFault TruncateData(long bytes, string? verb = null) => new(DeviceFaultKind.TruncateData) { Bytes = bytes, Verb = verb };

    /// <summary>Stops moving data after some bytes.</summary>
    public static DeviceFault StallData(long bytes, string? verb = null) => new(DeviceFaultKind.StallData) { Bytes = bytes, Verb = verb };

    /// <summary>Ends the data early and says why, such as <c>451 Local error.</c> or <c>552 Disk full.</c></summary>
    public static DeviceFault FailData(long bytes, string reply, string? verb = null) =>
        new(DeviceFaultKind.FailData) { Bytes = bytes, Reply = reply, Verb = verb };

    /// <summary>Does something to a file when its transfer is asked for: another process on the device writes, replaces or deletes it.</summary>
    public static DeviceFault ChangeFile(Action<string> change, string? verb = null) =>
        new(DeviceFaultKind.ChangeFile) { Change = change, Verb = verb };

    /// <summary>Claims a wrong size.</summary>
    public static DeviceFault WrongSize(long bytesTooMany) => new(DeviceFaultKind.WrongSize) { Bytes = bytesTooMany };
}
