using NapterFtp.Transport;

namespace NapterFtp.Diagnosis;

/// <summary>Walks the whole way to a device's FTP server and tells of each step as it ends. It stops where going on makes no
/// sense, and closes what it opened however it ends.</summary>
/// <param name="options">What to check.</param>
/// <param name="signIn">Gives the connection to SORACOM.</param>
/// <param name="starting">Told of each step before it begins.</param>
/// <param name="report">Told of each step once it has ended.</param>
internal sealed class DeviceCheck(
    DeviceCheckOptions options,
    Func<CancellationToken, Task<NapterConnection>> signIn,
    Action<string> starting,
    Action<NapterFtpCheck> report)
{
    private bool _stopped;

    /// <summary>Runs it to its end. Throws nothing but for cancellation: what fails is a check that failed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var state = new CheckState(options);
        try
        {
            await WalkAsync(state, cancellationToken);
        }
        finally
        {
            await EndAsync(state);
        }

        if (state.ControlPort is not null)
        {
            _stopped = false;
            await StepAsync(state, "Close", _ => SoracomSteps.CloseAsync(state), CancellationToken.None);
        }
    }

    private async Task WalkAsync(CheckState state, CancellationToken cancellationToken)
    {
        var listing = CheckOutcome.Skipped("");
        await StepAsync("SignIn", token => SoracomSteps.SignInAsync(state, signIn, token));
        await StepAsync("Sim", token => SoracomSteps.FindSimAsync(state, token));
        await StepAsync("ControlPort", token => SoracomSteps.OpenPortAsync(state, token));
        await StepAsync("Gateway", token => GatewaySteps.ConnectAsync(state, token));
        await StepAsync("Tls", token => GatewaySteps.SecureAsync(state, token));
        await StepAsync("Greeting", token => SessionSteps.GreetAsync(state, token));
        await StepAsync("Login", token => SessionSteps.LogInAsync(state, token));
        await StepAsync("Pasv", token => SessionSteps.PasvAsync(state, token));
        await StepAsync("Epsv", token => SessionSteps.EpsvAsync(state, token));

        // One listing shows both.
        await StepAsync("DataConnection", async token =>
        {
            (var data, listing) = await TransferSteps.ListAsync(state, token);
            return data;
        });
        await StepAsync("Listing", _ => Task.FromResult(listing));
        if (options.Upload)
        {
            await StepAsync("Upload", token => TransferSteps.UploadAsync(state, token));
            await StepAsync("Delete", token => TransferSteps.DeleteAsync(state, token));
        }

        Task StepAsync(string name, Func<CancellationToken, Task<CheckOutcome>> step) => this.StepAsync(state, name, step, cancellationToken);
    }

    private async Task StepAsync(
        CheckState state, string name, Func<CancellationToken, Task<CheckOutcome>> step, CancellationToken cancellationToken)
    {
        var started = options.Time.GetTimestamp();
        var outcome = CheckOutcome.Skipped("An earlier step failed.");
        if (!_stopped)
        {
            starting(name);
            try
            {
                outcome = await step(cancellationToken);
            }
            catch (NapterFtpException error)
            {
                outcome = await state.Evidence.EntryGoneAsync(error, cancellationToken) ?? CheckOutcome.Of(error);
            }

            _stopped = outcome is { Status: NapterFtpCheckStatus.Failed, GoesOn: false };
        }

        report(new NapterFtpCheck
        {
            Name = name,
            Status = outcome.Status,
            Detail = outcome.Detail,
            Cause = outcome.Cause,
            Advice = outcome.Advice,
            Duration = outcome.Duration ?? options.Time.GetElapsedTime(started),
            Target = outcome.Target?.ToString(),
            Imsi = options.Device.Imsi,
            SimId = options.Device.SimId,
            DevicePort = options.DevicePort,
        });
    }

    /// <summary>Leaves nothing behind: a test file that an error or Ctrl+C left, the session, the ports.</summary>
    private static async Task EndAsync(CheckState state)
    {
        if (state is { TestFile: { } file, Session: { IsUsable: true } session })
        {
            try
            {
                using var limit = new TimeLimit(state.Options.CloseLimit, state.Time, CancellationToken.None);
                await session.AskAsync(session.Command("DELE", file), limit.Token);
            }
            catch (Exception exception) when (exception is NapterFtpException or OperationCanceledException)
            {
                // The check that failed has named the file.
            }
        }

        await state.DisposeAsync();
    }
}
