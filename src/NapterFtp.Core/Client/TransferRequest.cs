using NapterFtp.Ftp;

namespace NapterFtp.Client;

/// <summary>One transfer over a data connection.</summary>
internal sealed record TransferRequest
{
    /// <summary>RETR, STOR, APPE, MLSD, LIST or NLST.</summary>
    public required FtpCommand Command { get; init; }

    /// <summary>The path meant, for messages.</summary>
    public required string Path { get; init; }

    /// <summary>The position to begin at (REST); 0 for the beginning.</summary>
    public long Restart { get; init; }

    /// <summary>Commands right before the transfer command, whose refusal makes the transfer pointless: CWD.</summary>
    public IReadOnlyList<FtpCommand> Before { get; init; } = [];

    /// <summary>Commands whose answers are wanted after it; they cost no round trip where the device keeps order.</summary>
    public IReadOnlyList<FtpCommand> Behind { get; init; } = [];

    /// <summary>How many transfers are likely to follow. The port of the next is asked for ahead, and before very many the ports
    /// that the device uses are found out.</summary>
    public int Following { get; init; }
}
