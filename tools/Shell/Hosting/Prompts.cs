using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace NapterFtp.Shell.Hosting;

/// <summary>Questions to the person at the console, or to whatever feeds standard input.</summary>
internal static class Prompts
{
    /// <summary>Asks for each of a command's missing values.</summary>
    public static Dictionary<string, PSObject> Ask(
        PSHostUserInterface ui, string caption, string message, Collection<FieldDescription> fields)
    {
        WriteHeading(ui, caption, message);
        var answers = new Dictionary<string, PSObject>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in fields)
        {
            answers[field.Name] = PSObject.AsPSObject(AskField(ui, field));
        }

        return answers;
    }

    /// <summary>Asks for one of several answers by letter or name; Enter takes the default.</summary>
    public static int Choose(
        PSHostUserInterface ui, string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
    {
        WriteHeading(ui, caption, message);
        var labels = choices.Select(choice => choice.Label.Replace("&", string.Empty, StringComparison.Ordinal)).ToArray();
        var keys = choices.Select(choice => Key(choice.Label)).ToArray();
        while (true)
        {
            ui.Write(string.Join("  ", labels.Zip(keys, (label, key) => $"[{key}] {label}")));
            ui.Write(defaultChoice >= 0 ? $" (default is \"{keys[defaultChoice]}\"): " : ": ");
            var answer = Console.ReadLine();
            if (string.IsNullOrEmpty(answer) && (defaultChoice >= 0 || answer is null))
            {
                return answer is null && defaultChoice < 0
                    ? throw new PSInvalidOperationException("The question needs an answer, and the input has ended.")
                    : defaultChoice;
            }

            var index = Array.FindIndex(keys, key => key.Equals(answer, StringComparison.OrdinalIgnoreCase));
            index = index >= 0 ? index : Array.FindIndex(labels, label => label.Equals(answer, StringComparison.OrdinalIgnoreCase));
            if (index >= 0)
            {
                return index;
            }
        }
    }

    public static PSCredential AskCredential(PSHostUserInterface ui, string caption, string message, string? userName)
    {
        WriteHeading(ui, caption, message);
        if (string.IsNullOrEmpty(userName))
        {
            ui.Write("User: ");
            userName = ui.ReadLine();
        }

        ui.Write($"Password for user {userName}: ");
        return new PSCredential(userName, ReadSecret());
    }

    /// <summary>Reads a line without showing it.</summary>
    public static SecureString ReadSecret()
    {
        var secret = new SecureString();
        if (Console.IsInputRedirected)
        {
            foreach (var character in Console.ReadLine() ?? string.Empty)
            {
                secret.AppendChar(character);
            }

            return secret;
        }

        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                if (secret.Length > 0)
                {
                    secret.RemoveAt(secret.Length - 1);
                }
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.AppendChar(key.KeyChar);
            }
        }

        Console.WriteLine();
        return secret;
    }

    private static object? AskField(PSHostUserInterface ui, FieldDescription field)
    {
        var type = Type.GetType(field.ParameterAssemblyFullName) ?? typeof(string);
        if (type == typeof(PSCredential))
        {
            return AskCredential(ui, string.Empty, string.Empty, null);
        }

        ui.Write(field.Name + ": ");
        return type == typeof(SecureString)
            ? ReadSecret()
            : LanguagePrimitives.ConvertTo(ui.ReadLine(), type, CultureInfo.CurrentCulture);
    }

    private static void WriteHeading(PSHostUserInterface ui, string caption, string message)
    {
        foreach (var line in new[] { caption, message }.Where(line => !string.IsNullOrEmpty(line)))
        {
            ui.WriteLine(line);
        }
    }

    /// <summary>The letter after the ampersand, or the whole label.</summary>
    private static string Key(string label)
    {
        var mark = label.IndexOf('&', StringComparison.Ordinal);
        return mark >= 0 && mark + 1 < label.Length ? label.Substring(mark + 1, 1).ToUpperInvariant() : label;
    }
}
