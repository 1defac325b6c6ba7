using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace NapterFtp.PowerShell.Tests;

/// <summary>A runspace of the real engine with the built module imported.</summary>
internal sealed class ModuleSession : IDisposable
{
    public ModuleSession()
    {
        Runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        Runspace.Open();
        Run("Import-Module -Name $args[0]", Repository.ManifestPath);
    }

    public Runspace Runspace { get; }

    /// <summary>The errors of the last run.</summary>
    public IReadOnlyList<ErrorRecord> Errors { get; private set; } = [];

    /// <summary>The information records of the last run.</summary>
    public IReadOnlyList<string> Information { get; private set; } = [];

    /// <summary>The warnings of the last run.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <summary>The verbose lines of the last run.</summary>
    public IReadOnlyList<string> Verbose { get; private set; } = [];

    /// <summary>What the progress bars of the last run said, part by part.</summary>
    public IReadOnlyList<string> Progress { get; private set; } = [];

    /// <summary>Runs a script, which finds the arguments in <c>$args</c>. Throws what ends it.</summary>
    public Collection<PSObject> Run(string script, params object?[] arguments)
    {
        using var shell = System.Management.Automation.PowerShell.Create(Runspace);
        shell.AddScript(script);
        foreach (var argument in arguments)
        {
            shell.AddArgument(argument);
        }

        try
        {
            return shell.Invoke();
        }
        finally
        {
            Errors = [.. shell.Streams.Error];
            Information = [.. shell.Streams.Information.Select(record => record.ToString())];
            Warnings = [.. shell.Streams.Warning.Select(record => record.Message)];
            Progress = [.. shell.Streams.Progress.SelectMany(record => new[] { record.Activity, record.StatusDescription, record.CurrentOperation ?? string.Empty })];
            Verbose = [.. shell.Streams.Verbose.Select(record => record.Message)];
        }
    }

    /// <summary>Runs a script that must report no error, for its one result.</summary>
    public PSObject RunOne(string script, params object?[] arguments)
    {
        var results = Run(script, arguments);
        Assert.Empty(Errors);
        return Assert.Single(results);
    }

    /// <summary>Runs a script that must report just one error, ending it or not.</summary>
    public ErrorRecord RunToError(string script, params object?[] arguments)
    {
        try
        {
            Run(script, arguments);
        }
        catch (RuntimeException e)
        {
            return e.ErrorRecord;
        }

        return Assert.Single(Errors);
    }

    public void Dispose() => Runspace.Dispose();
}

/// <summary>Reads objects of types that the tests cannot name.</summary>
internal static class Members
{
    public static object? Get(this PSObject item, string property) =>
        (item.Properties[property] ?? throw new ArgumentException($"{item.TypeNames[0]} has no {property}.")).Value is PSObject wrapped
            ? wrapped.BaseObject
            : item.Properties[property].Value;

    public static string Text(this PSObject item, string property) => item.Get(property)?.ToString() ?? string.Empty;
}
