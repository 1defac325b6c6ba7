namespace NapterFtp.Core.Tests.Copy;

/// <summary>A device that cannot rename for a moment.</summary>
public sealed class BusyRenameTests : IAsyncDisposable
{
    private readonly OddBench _bench = new(new OddServer());

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_rename_that_is_refused_for_now_does_not_have_all_later_files_stored_under_their_own_names(bool replaces)
    {
        string[] names = ["/d.txt", "/e.txt"];
        _bench.Server.With(replaces ? names : ["/other.txt"]);
        _bench.WriteLocal("d.txt");
        _bench.WriteLocal("e.txt");
        var refusals = 1;
        _bench.Server.Reply = (verb, _) => verb == "RNTO" && refusals-- > 0 ? "450 Busy." : null;

        await _bench.CopyAsync(_bench.Push());

        Assert.Empty(_bench.Log.Errors);
        Assert.All(_bench.Log.Transfers, file => Assert.True(file.Verified));
        Assert.Single(_bench.Server.Received, line => line is "STOR /d.txt" or "STOR /e.txt");
        Assert.DoesNotContain(_bench.Server.Files.Keys, path => path.EndsWith(".napterpart", StringComparison.Ordinal));
    }
}
