using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.RealPeers;

public sealed class FixtureTests
{
    [Fact]
    public void Trees_from_one_seed_are_equal_and_differences_are_named()
    {
        using var expected = new ScratchFolder();
        using var actual = new ScratchFolder();
        FileTree.Create(expected, files: 20, folders: 3);
        FileTree.Create(actual, files: 20, folders: 3);
        Assert.Empty(FileTree.Differences(expected, actual));

        File.Delete(actual.File("folder 000/log00000.csv"));
        File.AppendAllText(actual.File("folder 001/log00001.csv"), "x");
        actual.Folder("empty");
        Assert.Equal(
            ["missing: folder 000/log00000.csv", "not expected: empty", "different: folder 001/log00001.csv"],
            FileTree.Differences(expected, actual));
    }

    [Fact]
    public void A_file_of_test_data_has_the_hash_it_was_written_with()
    {
        using var folder = new ScratchFolder();
        var hash = TestData.WriteFile(folder.File("a/b"), 1_000_000, seed: 7);
        Assert.Equal(hash, TestData.HashFile(folder.File("a/b")));
        Assert.Equal(1_000_000, new FileInfo(folder.File("a/b")).Length);
    }

    [Fact]
    public async Task A_program_that_overstays_its_limit_is_killed()
    {
        if (PeerPackages.FindInPath("sleep") is not { } sleep)
        {
            Assert.Skip("needs a program named sleep");
            return;
        }

        var result = await ProcessRunner.RunAsync(new ProcessCommand(sleep, "1000"), TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        Assert.True(result.TimedOut);
    }
}
