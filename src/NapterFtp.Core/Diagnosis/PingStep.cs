using NapterFtp.Soracom;

namespace NapterFtp.Diagnosis;

/// <summary>Whether the device answers at all, whatever its FTP server does.</summary>
internal static class PingStep
{
    public static async Task<CheckOutcome> PingAsync(CheckState state, CancellationToken cancellationToken)
    {
        if (state.SimId is not { } simId)
        {
            return CheckOutcome.Skipped("SORACOM pings by SIM ID, which is not known of this device.");
        }

        PingResult ping;
        try
        {
            ping = await state.Connection.Ping.SendAsync(simId, cancellationToken);
        }
        catch (SoracomApiException error) when (error.Kind == NapterFtpErrorKind.PermissionDenied)
        {
            return CheckOutcome.Skipped("The account may not ping: " + error.Message) with { Cause = error.ErrorId, Advice = error.Advice };
        }
        catch (SoracomApiException error)
        {
            return CheckOutcome.Warning(error.ErrorId, "The device could not be pinged: " + error.Message, error.Advice);
        }

        state.AnswersPing = ping.Answered;
        return ping.Answered
            ? CheckOutcome.Passed($"The device answers pings{(string.IsNullOrEmpty(ping.RoundTrip) ? "" : $", after {ping.RoundTrip}")}.", simId)
            : Causes.PingUnanswered(state.Options.Device, ping.Statistics) with { Target = simId };
    }
}
