namespace NapterFtp.Simulator.Device;

/// <summary>What goes wrong.</summary>
public enum DeviceFaultKind
{
    /// <summary>A command makes the device reset the control connection, unanswered.</summary>
    DropControl,

    /// <summary>A command is never answered, nor is any after it.</summary>
    Silence,

    /// <summary>A command gets a reply instead of being carried out; 421, or any reply instead of the greeting, also ends the session.</summary>
    ReplyInstead,

    /// <summary>A command is carried out late.</summary>
    Delay,

    /// <summary>The data connection is reset after some bytes; the device answers 426.</summary>
    DropData,

    /// <summary>Data and control connection are reset after some data bytes, as by a loss of power.</summary>
    LosePower,

    /// <summary>The data connection ends in good order after some bytes, and the device claims success (226).</summary>
    TruncateData,

    /// <summary>No data moves any more after some bytes, until the client gives up.</summary>
    StallData,

    /// <summary>The data connection ends after some bytes, and the device answers with a reply of the fault's choice.</summary>
    FailData,

    /// <summary>An action of the fault's choice runs on the file before the transfer opens it.</summary>
    ChangeFile,

    /// <summary>SIZE, and the size in 150, is wrong by some bytes.</summary>
    WrongSize,
}
