namespace NapterFtp.Transport;

/// <summary>What ended a <see cref="DataPump"/>.</summary>
internal enum DataPumpEnd
{
    /// <summary>Both sides said all they had to say.</summary>
    Completed,

    /// <summary>Reading from the client failed.</summary>
    ClientRead,

    /// <summary>Writing to the client failed.</summary>
    ClientWrite,

    /// <summary>Reading from the device failed.</summary>
    DeviceRead,

    /// <summary>Writing to the device failed.</summary>
    DeviceWrite,

    /// <summary>Nothing moved for the idle time-out.</summary>
    Idle,

    /// <summary>Aborted or cancelled from outside.</summary>
    Aborted,
}

/// <summary>How a duplex copy ended: the first failure, by name, or completion.</summary>
/// <param name="End">What ended it.</param>
/// <param name="FromDevice">Bytes written to the client.</param>
/// <param name="ToDevice">Bytes written to the device.</param>
/// <param name="Exception">The failure's cause, where there is one.</param>
internal sealed record DataPumpResult(DataPumpEnd End, long FromDevice, long ToDevice, Exception? Exception)
{
    public bool Succeeded => End == DataPumpEnd.Completed;

    /// <summary>Why it failed, for a person; null on success.</summary>
    public string? Error => End switch
    {
        DataPumpEnd.Completed => null,
        DataPumpEnd.ClientRead => Because("The client's connection broke"),
        DataPumpEnd.ClientWrite => Because("The client stopped taking data"),
        DataPumpEnd.DeviceRead => Because("The connection from the device broke"),
        DataPumpEnd.DeviceWrite => Because("The device stopped taking data"),
        DataPumpEnd.Idle => "No data moved for the idle time-out.",
        _ => "Aborted.",
    };

    // TLS wraps the socket's error in one that says nothing to a person.
    private string Because(string what) => Exception is null ? what + "." : $"{what}: {Exception.GetBaseException().Message}";
}
