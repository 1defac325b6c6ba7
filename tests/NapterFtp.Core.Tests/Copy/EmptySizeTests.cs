namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices that answer SIZE with 0, whatever the file.</summary>
public sealed class EmptySizeTests : IAsyncDisposable
{
    private readonly OddServer _server = new OddServer { Reply = (verb, _) => verb == "SIZE" ? "213 0" : null }.With("/a.txt", "/b.txt");
    private readonly OddBench _bench;

    public EmptySizeTests() => _bench = new OddBench(_server);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData("LIST", false)]
    [InlineData("LIST", true)]
    [InlineData("MLSD", false)]
    [InlineData("MLSD", true)]
    public async Task Files_are_copied_and_moved_by_what_the_listing_tells(string listing, bool moves)
    {
        if (listing == "MLSD")
        {
            _server.Unknown.Remove("MLSD");
        }

        await _bench.CopyAsync(_bench.Pull() with { RemoveSource = moves });

        Assert.Empty(_bench.Log.Errors);
        Assert.Equal(["a.txt", "b.txt"], _bench.LocalFiles());
        Assert.All(_bench.Log.Transfers, file => Assert.True(file.Verified));
        Assert.Equal(moves ? 0 : 2, _server.Files.Count);
    }

    [Fact]
    public async Task A_single_file_is_copied_by_what_the_listing_tells()
    {
        _server.Files.Remove("/b.txt");

        await _bench.CopyAsync(_bench.Pull() with { RemoveSource = true });

        Assert.Empty(_bench.Log.Errors);
        Assert.Empty(_server.Files);
    }

    [Fact]
    public async Task Files_are_stored_by_what_the_listing_tells()
    {
        _bench.WriteLocal("c.txt");

        await _bench.CopyAsync(_bench.Push());

        Assert.Empty(_bench.Log.Errors);
        Assert.True(Assert.Single(_bench.Log.Transfers).Verified);
        Assert.False(_bench.Client.Traits.May("SIZE"));
    }

    [Fact]
    public async Task A_file_that_was_emptied_meanwhile_stays_where_it_is()
    {
        _server.Files.Remove("/b.txt");
        _server.Unknown.Remove("MLSD");
        _server.Reply = (verb, path) =>
        {
            if (verb == "SIZE")
            {
                _server.Files[path] = [];
            }

            return null;
        };

        await _bench.CopyAsync(_bench.Pull() with { RemoveSource = true });

        Assert.Equal("SourceChanged", Assert.Single(_bench.Log.Errors).ErrorId);
        Assert.Equal(["/a.txt"], _server.Files.Keys);
        Assert.True(_bench.Client.Traits.May("SIZE"));
    }
}
