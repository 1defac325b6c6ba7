using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace NapterFtp.Shell;

/// <summary>Pairs the words after a script's name with its parameters, as <c>pwsh -File</c> does.</summary>
internal static class ScriptArguments
{
    /// <summary>A dash and a letter begin a parameter; a switch stands alone, any other takes the word after it, and
    /// <c>-Name:value</c> holds its own.</summary>
    public static (Hashtable Named, object[] Positional) Bind(ScriptBlockAst script, IReadOnlyList<string> arguments)
    {
        var named = new Hashtable(StringComparer.OrdinalIgnoreCase);
        var positional = new List<object>();
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is not ['-', var first, ..] || !(char.IsLetter(first) || first == '_'))
            {
                positional.Add(arguments[i]);
                continue;
            }

            var colon = arguments[i].IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
            {
                named[arguments[i][1..colon]] = Value(arguments[i][(colon + 1)..]);
                continue;
            }

            var name = arguments[i][1..];
            named[name] = IsSwitch(script, name) || i + 1 == arguments.Count ? true : arguments[++i];
        }

        return (named, [.. positional]);
    }

    private static bool IsSwitch(ScriptBlockAst script, string name) =>
        new[] { "Verbose", "Debug", "WhatIf", "Confirm" }.Contains(name, StringComparer.OrdinalIgnoreCase)
        || script.ParamBlock?.Parameters.Any(parameter =>
            parameter.Name.VariablePath.UserPath.StartsWith(name, StringComparison.OrdinalIgnoreCase)
            && parameter.StaticType == typeof(SwitchParameter)) == true;

    private static object Value(string text) => text.ToUpperInvariant() switch
    {
        "$TRUE" => true,
        "$FALSE" => false,
        _ => text,
    };
}
