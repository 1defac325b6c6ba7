using NapterFtp.Ftp;

namespace NapterFtp.Client;

/// <summary>How a transfer ended that came as far as a reply.</summary>
/// <param name="Final">The final reply; null where the device gave none and all data came to its end.</param>
/// <param name="Refused">The command that was refused, with its reply; null where all went well.</param>
/// <param name="Behind">The answers to <see cref="TransferRequest.Behind"/>; null for one the device left out.</param>
internal sealed record TransferOutcome(FtpReply? Final, (FtpCommand Command, FtpReply Reply)? Refused, IReadOnlyList<FtpReply?> Behind)
{
    public bool Succeeded => Refused is null;
}
