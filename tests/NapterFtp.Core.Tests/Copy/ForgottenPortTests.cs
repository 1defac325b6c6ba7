using NapterFtp.Ftp;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices that no longer listen on the port which they announced once a folder is entered.</summary>
public sealed class ForgottenPortTests : IAsyncDisposable
{
    private readonly OddServer _server = new OddServer { RefusesBeforeData = true }.With("/a.txt", "/sub/b.txt", "/sub/deep/c.txt");
    private readonly OddBench _bench;
    private bool _listens;

    public ForgottenPortTests()
    {
        _server.Reply = Answer;
        _bench = new OddBench(_server);
    }

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Theory]
    [InlineData(null, 4)]
    [InlineData(false, 3)]
    [InlineData(true, 4)]
    public async Task Folders_of_a_device_that_forgets_its_port_at_CWD_are_listed(bool? pipelines, int listings)
    {
        _bench.Options = _bench.Options with
        {
            Learned = new LearnedTraits { Version = LearnedTraits.CurrentVersion, Features = [], Pipelines = pipelines, Listing = "LIST", Passive = "PASV" },
        };

        await _bench.CopyAsync(_bench.Pull());

        Assert.Empty(_bench.Log.Errors);
        Assert.Equal(["a.txt", "sub/b.txt", "sub/deep/c.txt"], _bench.LocalFiles());
        Assert.Equal(listings, _server.Verbs.Count(verb => verb == "LIST"));
    }

    [Fact]
    public async Task A_device_that_makes_no_data_connection_however_it_is_asked_is_not_taken_for_one_that_wants_it_first()
    {
        _server.Reply = (verb, _) => verb is "LIST" or "NLST" or "MLSD" or "RETR" ? "425 Cannot open data connection." : null;

        await Assert.ThrowsAsync<NapterFtpException>(() => _bench.CopyAsync(_bench.Pull()));

        Assert.False(_bench.Client.Traits.ConnectsFirst);
    }

    private string? Answer(string verb, string argument)
    {
        _listens = verb switch { "PASV" => true, "CWD" => false, _ => _listens };
        return !_listens && verb is ("LIST" or "NLST" or "RETR") ? "425 Use PASV first." : null;
    }
}
