using NapterFtp.Transport;

namespace NapterFtp.Diagnosis;

/// <summary>The steps from this computer to SORACOM's gateway.</summary>
internal static class GatewaySteps
{
    public static async Task<CheckOutcome> ConnectAsync(CheckState state, CancellationToken cancellationToken)
    {
        var gateway = state.ControlPort!.Gateway;
        try
        {
            using var limit = new TimeLimit(state.Options.Client.ConnectTimeout, state.Time, cancellationToken);
            state.Gateway = await state.Connection.Dialer.ConnectAsync(gateway with { Tls = false }, limit.Token);
            return CheckOutcome.Passed($"The gateway {gateway.EndPoint} takes connections.", gateway.EndPoint);
        }
        catch (NapterFtpException error)
        {
            return await ExplainAsync(state, error, cancellationToken);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return await ExplainAsync(state, TimedOut(state, "took no connection"), cancellationToken);
        }
    }

    public static async Task<CheckOutcome> SecureAsync(CheckState state, CancellationToken cancellationToken)
    {
        var gateway = state.ControlPort!.Gateway;
        var first = new FirstBytes(state.Gateway!);
        NapterFtpException failure;
        try
        {
            using var limit = new TimeLimit(state.Options.Client.ConnectTimeout, state.Time, cancellationToken);
            state.Gateway = await state.Connection.Dialer.SecureAsync(gateway, first, limit.Token);
            return CheckOutcome.Passed($"The certificate of {gateway.HostName} is trusted and names it.", gateway.HostName);
        }
        catch (NapterFtpException error)
        {
            failure = error;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            failure = TimedOut(state, "did not complete the TLS handshake");
        }

        if (first.PlainText is { } said)
        {
            return Causes.PlainPortTalksFirst(said) with { Target = gateway.EndPoint };
        }

        return first.Any || failure.Kind != NapterFtpErrorKind.Timeout
            ? await ExplainAsync(state, failure, cancellationToken)
            : await ExplainAsync(state, failure, cancellationToken, Causes.NoTlsAnswer(gateway.EndPoint, state.Options.Client.ConnectTimeout));
    }

    private static NapterFtpException TimedOut(CheckState state, string what) =>
        GatewayErrors.Timeout(state.ControlPort!.Gateway, state.Options.Client.ConnectTimeout, what, null);

    /// <param name="state">The check.</param>
    /// <param name="error">What was seen.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="otherwise">What is to be said where SORACOM knows that the connection reached the gateway.</param>
    private static async Task<CheckOutcome> ExplainAsync(
        CheckState state, NapterFtpException error, CancellationToken cancellationToken, CheckOutcome? otherwise = null)
    {
        var endPoint = state.ControlPort!.Gateway.EndPoint;
        if (error.Kind == NapterFtpErrorKind.Security)
        {
            return CheckOutcome.Of(error);
        }

        var (cause, log) = await state.Evidence.FindAsync(endPoint, state.Options.DevicePort, cancellationToken);
        return (cause ?? (log is null ? null : otherwise) ?? CheckOutcome.Of(error)) with { Target = endPoint };
    }
}
