namespace NapterFtp.Ftp;

/// <summary>Getting a data port out of a device: which verb to ask with, and what its replies come to.</summary>
/// <param name="traits">What is known of the device; told what is found out.</param>
/// <param name="wanted">What to ask with where both ways work.</param>
/// <param name="insists">Whether only that way will do.</param>
internal sealed class PassiveNegotiation(DeviceTraits traits, PassiveMode wanted, bool insists = false)
{
    private PassiveMode? _failed;

    /// <summary>The way in use.</summary>
    public PassiveMode Mode { get; private set; } = insists ? wanted : traits.ChoosePassive(wanted);

    /// <summary>The command to send: <c>PASV</c> or <c>EPSV</c>.</summary>
    public string Verb => Mode.ToVerb();

    /// <summary>Takes the final reply to <see cref="Verb"/>.</summary>
    public PassiveStep Take(FtpReply reply)
    {
        if (PassiveReply.TryParse(reply, out var address))
        {
            traits.LearnPassive(Mode, _failed);
            return new PassiveStep(PassiveOutcome.Announced, address.Port);
        }

        if (!CanAskOtherwise(reply))
        {
            return new PassiveStep(reply.IsNegative ? PassiveOutcome.Refused : PassiveOutcome.NotUnderstood, 0);
        }

        _failed = Mode;
        Mode = Mode.Other();
        return new PassiveStep(PassiveOutcome.AskAgain, 0);
    }

    // Once; not where the way has worked before, nor where the refusal is about the session (not logged in, shutting down) rather
    // than the verb.
    private bool CanAskOtherwise(FtpReply reply) =>
        !insists
        && _failed is null
        && !traits.HasAnnounced(Mode)
        && (!reply.IsNegative || reply.Code is 425 or 500 or 501 or 502 or 504 or 510 or 522);
}

/// <summary>What a reply to a passive command means.</summary>
/// <param name="Outcome">What is to be done.</param>
/// <param name="Port">The device's data port, 1 to 65535, where it announced one. Whether a low one is allowed is for the caller to say.</param>
internal readonly record struct PassiveStep(PassiveOutcome Outcome, int Port);

/// <summary>What became of a passive command.</summary>
internal enum PassiveOutcome
{
    /// <summary>The device listens on a port.</summary>
    Announced,

    /// <summary>The device may understand the other verb, which <see cref="PassiveNegotiation.Verb"/> now is.</summary>
    AskAgain,

    /// <summary>The device refused.</summary>
    Refused,

    /// <summary>The device agreed, but named no port.</summary>
    NotUnderstood,
}

/// <summary>The two ways to ask a device for a data port.</summary>
internal enum PassiveMode
{
    /// <summary>PASV (RFC 959): answered with 227.</summary>
    Plain,

    /// <summary>EPSV (RFC 2428): answered with 229.</summary>
    Extended,
}

/// <summary>What a <see cref="PassiveMode"/> looks like.</summary>
internal static class PassiveModes
{
    public static string ToVerb(this PassiveMode mode) => mode == PassiveMode.Extended ? "EPSV" : "PASV";

    public static PassiveMode Other(this PassiveMode mode) => mode == PassiveMode.Extended ? PassiveMode.Plain : PassiveMode.Extended;
}
