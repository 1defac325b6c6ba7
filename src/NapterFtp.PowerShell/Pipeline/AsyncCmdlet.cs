using System.Management.Automation;
using System.Management.Automation.Host;
using System.Runtime.ExceptionServices;
using NapterFtp.Diagnostics;
using NapterFtp.PowerShell.Errors;
using NapterFtp.PowerShell.Sessions;

namespace NapterFtp.PowerShell.Pipeline;

/// <summary>A cmdlet whose work runs on tasks. What it emits is written on the pipeline's thread; Ctrl+C cancels the work and
/// waits for it, within a limit, so that it can close what it opened.</summary>
public abstract partial class AsyncCmdlet : PSCmdlet, IDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private PipelinePump? _pump;

    /// <summary>The runspace's part of what the module keeps.</summary>
    private protected RunspaceState State { get; private set; } = null!;

    /// <summary>Whether a failure in <see cref="ProcessAsync"/> ends the command, rather than being an error of one item.</summary>
    private protected virtual bool FailureTerminates => false;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <inheritdoc/>
    protected sealed override void BeginProcessing()
    {
        State = ModuleState.Instance.ForThisRunspace();
        Run(BeginAsync, terminates: true);
    }

    /// <inheritdoc/>
    protected sealed override void ProcessRecord() => Run(ProcessAsync, FailureTerminates);

    /// <inheritdoc/>
    protected sealed override void EndProcessing() => Run(EndAsync, terminates: true);

    /// <inheritdoc/>
    protected sealed override void StopProcessing()
    {
        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself at that moment.
        }
    }

    /// <summary>Frees what the cmdlet holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stopping.Dispose();
        }
    }

    /// <summary>Signs in for this command.</summary>
    private protected SignIn SignIn => new(State, Host, OnPipelineAsync);

    private protected virtual Task BeginAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private protected virtual Task ProcessAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private protected virtual Task EndAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private protected void Emit(object? value, bool enumerate = false) => Post(() => WriteObject(value, enumerate));

    /// <summary>Reports that one item failed; the command goes on.</summary>
    private protected void EmitError(Exception exception, object? target = null) =>
        Post(() => WriteError(ErrorRecords.From(exception, target)));

    private protected void EmitWarning(string text) => Post(() => WriteWarning(View.Lines(text)));

    private protected void EmitVerbose(string text) => Post(() => WriteVerbose(View.Lines(text)));

    private protected void EmitProgress(ProgressRecord record) => Post(() =>
    {
        record.Activity = View.Line(record.Activity);
        record.StatusDescription = View.Line(record.StatusDescription);
        record.CurrentOperation = record.CurrentOperation is { } operation ? View.Line(operation) : null;
        WriteProgress(record);
    });

    /// <summary>Shows how many Napter ports are still to be closed, which may take minutes where the rate limit is used up.</summary>
    private protected IProgress<int> PortsLeft(int activity = 1, string? of = null) => new PortsClosing(this, activity, of);

    /// <summary>Tells the person at the console something, as Write-Host does: visible, and redirected with <c>6&gt;</c>.</summary>
    private protected void EmitForPerson(string text) =>
        Post(() => WriteInformation(new HostInformationMessage { Message = View.Lines(text) }, ["PSHOST"]));

    /// <summary><c>ShouldProcess</c> from a task.</summary>
    /// <exception cref="NapterFtpException"><c>ConfirmationMissing</c>.</exception>
    private protected Task<bool> ShouldProcessAsync(string target, string action, CancellationToken cancellationToken) =>
        AskPersonAsync(() => ShouldProcess(View.Line(target), View.Line(action)), target, "-Confirm:$false", cancellationToken);

    /// <summary>Puts a question to the person at the console, where there is one.</summary>
    /// <param name="question">Asks, on the pipeline's thread.</param>
    /// <param name="target">What is asked about.</param>
    /// <param name="answer">The parameter that answers beforehand.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="NapterFtpException"><c>ConfirmationMissing</c>.</exception>
    private protected async Task<bool> AskPersonAsync(Func<bool> question, string target, string answer, CancellationToken cancellationToken)
    {
        try
        {
            return await _pump!.AskAsync(question, cancellationToken);
        }
        catch (Exception e) when (e is HostException or PSInvalidOperationException)
        {
            throw new NapterFtpException(
                "ConfirmationMissing",
                NapterFtpErrorKind.InvalidArgument,
                $"{MyInvocation.MyCommand.Name} asks about '{target}' first, and there is nobody here to ask.",
                $"Where nobody is there, as in a scheduled task, answer beforehand with {answer}.",
                target,
                e);
        }
    }

    /// <summary>With -WhatIf: says which commands a router would be told, for the device's port; the others differ in their numbers. It is logged in
    /// to, and nothing is changed.</summary>
    private protected async Task TellCommandsAsync(NapterConnection connection, NapterRouter router, int devicePort, CancellationToken cancellationToken)
    {
        foreach (var command in await connection.Routers.PreviewAsync(router, devicePort, cancellationToken))
        {
            var text = View.Lines($"Run on the router {router.Target} to reach port {devicePort} of {router.DeviceAddress}: {command}");
            await OnPipelineAsync(() => ShouldProcess(text, text, MyInvocation.MyCommand.Name), cancellationToken);
        }
    }

    /// <summary>Has something done on the pipeline's thread, where the host and the session state may be used.</summary>
    private protected Task<T> OnPipelineAsync<T>(Func<T> question, CancellationToken cancellationToken) =>
        _pump!.AskAsync(question, cancellationToken);

    /// <summary>Whether the caller only wants to hear what would be done: by -WhatIf, else by the preference variable.</summary>
    private protected bool IsWhatIf => MyInvocation.BoundParameters.TryGetValue("WhatIf", out var given)
        ? (SwitchParameter)given
        : MyInvocation.MyCommand.Parameters.ContainsKey("WhatIf") && LanguagePrimitives.IsTrue(GetVariableValue("WhatIfPreference"));

    /// <summary>Whether the caller wants to see a stream: by switch, else by the preference variable.</summary>
    private protected bool Wants(string stream) =>
        MyInvocation.BoundParameters.TryGetValue(stream, out var given)
            ? (SwitchParameter)given
            : GetVariableValue(stream + "Preference") is ActionPreference and not (ActionPreference.SilentlyContinue or ActionPreference.Ignore);

    private void Run(Func<CancellationToken, Task> step, bool terminates)
    {
        using var pump = new PipelinePump();
        _pump = pump;
        var sink = new LogSink(this, pump, Wants("Verbose"), Wants("Debug"));
        pump.Start(async () =>
        {
            using (ModuleState.Instance.Log.SendTo(sink))
            {
                await step(_stopping.Token);
            }
        });
        Exception? failure;
        try
        {
            failure = pump.Run(StopLimit, _stopping.Token);
        }
        catch
        {
            // The pipeline wants no more: Select-Object -First, an error with -ErrorAction Stop.
            _stopping.Cancel();
            pump.Discard(StopLimit);
            throw;
        }

        switch (failure)
        {
            case null:
                break;
            case OperationCanceledException when _stopping.IsCancellationRequested:
                throw new PipelineStoppedException();
            case RuntimeException e:
                // PowerShell's own, from a question put to the host.
                ExceptionDispatchInfo.Throw(e);
                break;
            case NapterFtpException e when !terminates:
                WriteError(ErrorRecords.From(e));
                break;
            default:
                ThrowTerminatingError(ErrorRecords.From(failure));
                break;
        }
    }

    private void Post(Action action)
    {
        if (!_pump!.Post(action))
        {
            _stopping.Token.ThrowIfCancellationRequested();
        }
    }

    private sealed class PortsClosing(AsyncCmdlet cmdlet, int activity, string? of) : IProgress<int>
    {
        public void Report(int value)
        {
            var name = cmdlet.MyInvocation.MyCommand.Name;
            cmdlet._pump!.Post(() => cmdlet.WriteProgress(new ProgressRecord(
                activity,
                of is null ? name : $"{name} {of}",
                $"{value} Napter ports are still to be closed, as fast as SORACOM's rate limit allows. Ctrl+C leaves them to the background and the journal.")
            {
                RecordType = value == 0 ? ProgressRecordType.Completed : ProgressRecordType.Processing,
            }));
        }
    }

    private sealed class LogSink(AsyncCmdlet cmdlet, PipelinePump pump, bool verbose, bool debug) : IFlowLogSink
    {
        public bool Wants(FlowLogStream stream) => stream switch
        {
            FlowLogStream.Debug => debug,
            FlowLogStream.Verbose => verbose,
            _ => true,
        };

        public void Write(FlowLogStream stream, string category, string message) => pump.Post(() =>
        {
            message = View.Lines(message);
            switch (stream)
            {
                case FlowLogStream.Debug:
                    cmdlet.WriteDebug($"{category}: {message}");
                    break;
                case FlowLogStream.Verbose:
                    cmdlet.WriteVerbose(message);
                    break;
                default:
                    cmdlet.WriteWarning(message);
                    break;
            }
        });
    }
}
