using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using NapterFtp.Transport;

namespace NapterFtp.Soracom;

/// <summary>Runs a profile's <c>profileCommand</c>, which prints a profile (from a password manager, for instance).</summary>
/// <remarks>The profile's file may be written by its owner alone, so the command is the user's own. It is started directly and
/// never by a shell, gets no input, has a time limit, and neither its output nor its error output is shown or logged.</remarks>
internal sealed class ProfileCommand(TimeSpan limit, TimeProvider time)
{
    private const int LargestOutput = 1 << 16;

    public static TimeSpan DefaultLimit { get; } = TimeSpan.FromSeconds(60);

    /// <exception cref="NapterFtpException"><c>ProfileCommandInvalid</c>, <c>ProfileCommandFailed</c> or <c>ProfileCommandTimeout</c>.</exception>
    public async Task<SoracomProfile> RunAsync(string profileName, string command, CancellationToken cancellationToken)
    {
        if (CommandLine.Split(command) is not [{ } program, .. var arguments])
        {
            throw new NapterFtpException(
                "ProfileCommandInvalid",
                NapterFtpErrorKind.InvalidArgument,
                $"The profileCommand of profile '{profileName}' cannot be run.",
                "It is run without a shell: give a program and its arguments, with matching quotes and no pipes, redirections or lists.",
                profileName);
        }

        using var both = new TimeLimit(limit, time, cancellationToken);
        using var process = Start(profileName, program, arguments);
        using var output = new SecretBuffer();
        try
        {
            process.StandardInput.Close();
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, both.Token);
            var tooLong = await ReadAsync(process.StandardOutput.BaseStream, output, both.Token);
            if (tooLong)
            {
                throw Failed(profileName, "printed more than a profile.", null);
            }

            await errors;
            await process.WaitForExitAsync(both.Token);
            return process.ExitCode == 0
                ? SoracomProfile.Parse(output.Written.Span)
                : throw Failed(profileName, string.Create(CultureInfo.InvariantCulture, $"ended with exit code {process.ExitCode}."), null);
        }
        catch (JsonException)
        {
            // The cause is not kept: its message may quote what it could not read.
            throw Failed(profileName, "did not print a profile as JSON.", null);
        }
        catch (IOException e)
        {
            throw Failed(profileName, "could not be read from.", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new NapterFtpException(
                "ProfileCommandTimeout",
                NapterFtpErrorKind.Timeout,
                string.Create(CultureInfo.InvariantCulture, $"The profileCommand of profile '{profileName}' did not end within {limit.TotalSeconds:0} s."),
                "Run it by hand to see what it waits for; it gets no input.",
                profileName,
                e);
        }
        finally
        {
            Stop(process);
        }
    }

    private static Process Start(string profileName, string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start) ?? throw Failed(profileName, "could not be started.", null);
        }
        catch (Exception e) when (e is Win32Exception or IOException or InvalidOperationException)
        {
            throw Failed(profileName, $"could not be started: '{program}' was not found or may not be run.", e);
        }
    }

    private static async Task<bool> ReadAsync(Stream stream, SecretBuffer output, CancellationToken cancellationToken)
    {
        int read;
        while ((read = await stream.ReadAsync(output.GetMemory(1024), cancellationToken)) > 0)
        {
            output.Advance(read);
            if (output.Written.Length > LargestOutput)
            {
                return true;
            }
        }

        return false;
    }

    private static void Stop(Process process)
    {
        try
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself meanwhile.
        }
    }

    private static NapterFtpException Failed(string profileName, string how, Exception? cause) => new(
        "ProfileCommandFailed",
        NapterFtpErrorKind.Authentication,
        $"The profileCommand of profile '{profileName}' {how}",
        "Run it by hand: it must print a profile, such as {\"authKeyId\":\"…\",\"authKey\":\"…\"}, and end with exit code 0.",
        profileName,
        cause);
}

/// <summary>Splits a command line into words as soracom-cli does: single and double quotes, backslashes; no variables, no globs.</summary>
internal static class CommandLine
{
    /// <returns>The words; null where a quote is left open, or a shell's operator stands outside quotes.</returns>
    public static string[]? Split(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var inWord = false;
        var quote = '\0';
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            if (c == '\\' && quote != '\'' && i + 1 < line.Length)
            {
                word.Append(line[++i]);
                inWord = true;
            }
            else if (quote != '\0')
            {
                if (c == quote)
                {
                    quote = '\0';
                }
                else
                {
                    word.Append(c);
                }
            }
            else if (c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else if (c is ';' or '&' or '|' or '<' or '>' or '`' or '\n')
            {
                return null;
            }
            else if (char.IsWhiteSpace(c))
            {
                Flush();
            }
            else
            {
                word.Append(c);
                inWord = true;
            }
        }

        Flush();
        return quote == '\0' ? [.. words] : null;

        void Flush()
        {
            if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }
}
