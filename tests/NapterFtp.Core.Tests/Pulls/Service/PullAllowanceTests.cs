using NapterFtp.Pulls.Service;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls.Service;

public sealed class PullAllowanceTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public PullAllowanceTests()
    {
        _folder.Folder("in/plant");
        _folder.Folder("in2");
        _folder.Folder("out");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("in", true)]
    [InlineData("in/plant/new/a.csv", true)]
    [InlineData("in/plant/../b.csv", true)]
    [InlineData("in/../out/a.csv", false)]
    [InlineData("in/plant/../../in2/a.csv", false)]
    [InlineData("in2/a.csv", false)]
    [InlineData("out", false)]
    [InlineData("", false)]
    public void Files_go_below_what_is_allowed_and_nowhere_else(string path, bool expected) =>
        Assert.Equal(expected, new PullAllowance([_folder.File("in")], []).RefuseDestination(Path.Combine(_folder, path)) is null);

    [Fact]
    public void Links_do_not_lead_out_of_what_is_allowed()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows lets only some users make links.");
        Directory.CreateSymbolicLink(_folder.File("in/plant/away"), _folder.File("out"));
        Directory.CreateSymbolicLink(_folder.File("in/here"), _folder.File("in/plant"));
        Directory.CreateSymbolicLink(_folder.File("in/twice"), "plant/away");
        File.CreateSymbolicLink(_folder.File("in/dangling"), _folder.File("out/none"));
        Directory.CreateSymbolicLink(_folder.File("in/round"), "round");
        var allowance = new PullAllowance([_folder.File("in")], []);
        Assert.NotNull(allowance.RefuseDestination(_folder.File("in/plant/away/a.csv")));
        Assert.NotNull(allowance.RefuseDestination(_folder.File("in/twice/a.csv")));
        Assert.NotNull(allowance.RefuseDestination(_folder.File("in/dangling")));
        Assert.NotNull(allowance.RefuseDestination(_folder.File("in/round/a.csv")));
        Assert.Null(allowance.RefuseDestination(_folder.File("in/here/a.csv")));

        // A root that is a link stands for where it leads.
        Assert.Null(new PullAllowance([_folder.File("in/plant/away")], []).RefuseDestination(_folder.File("out/a.csv")));
    }

    [Fact]
    public void Without_roots_files_go_anywhere_and_no_script_runs()
    {
        var allowance = new PullAllowance(null, []);
        Assert.Null(allowance.RefuseDestination("/anywhere"));
        Assert.Equal("ScriptNotAllowed", allowance.RefuseScript(_folder.File("in/a.ps1"))!.ErrorId);
    }

    [Fact]
    public void Scripts_run_from_below_what_is_allowed_and_only_by_their_full_path()
    {
        var allowance = new PullAllowance([], [_folder.File("in")]);
        Assert.Null(allowance.RefuseScript(_folder.File("in/a.ps1")));
        Assert.NotNull(allowance.RefuseScript(_folder.File("in/../out/a.ps1")));
        Assert.NotNull(allowance.RefuseScript("a.ps1"));
        Assert.NotNull(allowance.RefuseScript("Remove-Item"));
    }
}
