using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Internal;

namespace NapterFtp.Shell.Hosting;

/// <summary>Writes the streams: output and information to standard output; errors (red), warnings, verbose and debug lines to
/// standard error, so that a redirected output holds results alone.</summary>
internal sealed class ShellUserInterface : PSHostUserInterface
{
    private readonly ShellRawUserInterface _raw = new();
    private readonly ProgressLine _progress = new();
    private readonly Lock _gate = new();

    private static bool NoColors => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    public override PSHostRawUserInterface RawUI => _raw;

    public override bool SupportsVirtualTerminal => !Console.IsOutputRedirected;

    public override void Write(string value) => Emit(Console.Out, null, value);

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        Emit(Console.Out, foregroundColor, value);

    public override void WriteLine(string value) => Emit(Console.Out, null, value + Environment.NewLine);

    public override void WriteErrorLine(string value) => EmitLabelled(ConsoleColor.Red, value);

    public override void WriteWarningLine(string message) => EmitLabelled(ConsoleColor.Yellow, "WARNING: " + message);

    public override void WriteVerboseLine(string message) => EmitLabelled(ConsoleColor.Cyan, "VERBOSE: " + message);

    public override void WriteDebugLine(string message) => EmitLabelled(ConsoleColor.DarkGray, "DEBUG: " + message);

    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
        lock (_gate)
        {
            _progress.Show(record, _raw.BufferSize.Width);
        }
    }

    public override string ReadLine() => Console.ReadLine() ?? string.Empty;

    public override System.Security.SecureString ReadLineAsSecureString() => Prompts.ReadSecret();

    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, System.Collections.ObjectModel.Collection<FieldDescription> descriptions) =>
        Prompts.Ask(this, caption, message, descriptions);

    public override int PromptForChoice(
        string caption, string message, System.Collections.ObjectModel.Collection<ChoiceDescription> choices, int defaultChoice) =>
        Prompts.Choose(this, caption, message, choices, defaultChoice);

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        Prompts.AskCredential(this, caption, message, userName);

    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options) =>
        Prompts.AskCredential(this, caption, message, userName);

    private void EmitLabelled(ConsoleColor color, string text) => Emit(Console.Error, color, text + Environment.NewLine);

    private void Emit(TextWriter writer, ConsoleColor? color, string text)
    {
        var plain = NoColors || (writer == Console.Error ? Console.IsErrorRedirected : Console.IsOutputRedirected);
        lock (_gate)
        {
            _progress.Clear();
            if (plain)
            {
                writer.Write(new StringDecorated(text).ToString(OutputRendering.PlainText));
            }
            else if (color is { } foreground)
            {
                Console.ForegroundColor = foreground;
                writer.Write(text);
                Console.ResetColor();
            }
            else
            {
                writer.Write(text);
            }
        }
    }
}
