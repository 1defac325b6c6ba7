namespace NapterFtp.PowerShell.Tests;

/// <summary>A device's names and replies are shown, not obeyed: no terminal sees their escape sequences. The objects keep them.</summary>
public sealed class HostileNameTests : IDisposable
{
    /// <summary>Would set the window's title, and turn what follows around.</summary>
    private const string Name = "\u001b]0;owned\u0007\u202Ea.csv";
    private const string Shown = "\uFFFD]0;owned\uFFFD\uFFFDa.csv";

    private readonly ModuleSession _session = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("napterftp-hostile-");

    public HostileNameTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such file names.");
        File.WriteAllText(Path.Join(_folder.CreateSubdirectory("device").FullName, Name), "content");
        _session.Run(
            "$sim = Start-NapterSimulator -RootPath $args[0]; Connect-Napter -Simulator $sim; $local = $args[1]",
            Path.Join(_folder.FullName, "device"),
            _folder.FullName);
        Assert.Empty(_session.Errors);
    }

    public void Dispose()
    {
        _session.Run("Disconnect-Napter; Stop-NapterSimulator $sim");
        _session.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void An_error_says_a_name_without_its_escape_sequences()
    {
        var error = _session.RunToError("Copy-NapterFtpItem -Imsi $sim.Imsi -Path '/*' -Destination $local");
        Assert.StartsWith("UnsafeFileName,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        AssertHarmless(error.ErrorDetails.Message);
        AssertHarmless(error.CategoryInfo.ToString());

        error = _session.RunToError("Get-NapterFtpItem -Imsi $sim.Imsi -LiteralPath \"/no$($args[0])\"", Name);
        Assert.StartsWith("RemoteItemNotFound,", error.FullyQualifiedErrorId, StringComparison.Ordinal);
        AssertHarmless(error.ToString());
        AssertHarmless(error.CategoryInfo.ToString());
    }

    /// <summary>A name that may be a local one.</summary>
    [Fact]
    public void Progress_says_a_name_without_the_marks_that_turn_it_around()
    {
        _session.Run("[IO.File]::WriteAllText(\"$($sim.RootPath)/$($args[0])\", 'x'); Copy-NapterFtpItem -Imsi $sim.Imsi -Path '/*b.csv' -Destination $local", "\u202Eb.csv");
        Assert.Empty(_session.Errors);
        Assert.Contains(_session.Progress, text => text.Contains("\uFFFDb.csv", StringComparison.Ordinal));
        Assert.DoesNotContain(_session.Progress, IsHarmful);
    }

    [Fact]
    public void Questions_and_the_dialogue_say_a_name_without_its_escape_sequences()
    {
        _session.Run("Remove-NapterFtpItem -Imsi $sim.Imsi -Path '/*' -Verbose");
        Assert.Empty(_session.Errors);
        Assert.Contains(_session.Verbose, line => line.Contains("Delete file", StringComparison.Ordinal) && line.Contains(Shown, StringComparison.Ordinal));
        Assert.Contains(_session.Verbose, line => line.Contains("DELE", StringComparison.Ordinal) && line.Contains(Shown, StringComparison.Ordinal));
        Assert.DoesNotContain(_session.Verbose, IsHarmful);
    }

    private static void AssertHarmless(string text)
    {
        Assert.Contains(Shown, text, StringComparison.Ordinal);
        Assert.False(IsHarmful(text), text);
    }

    private static bool IsHarmful(string text) => text.Any(c => (char.IsControl(c) && c is not ('\r' or '\n')) || c == '\u202E');
}
