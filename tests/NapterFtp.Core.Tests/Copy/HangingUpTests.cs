using System.Text;
using NapterFtp.Ftp;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices that end the control connection after every transfer.</summary>
public sealed class HangingUpTests : IAsyncDisposable
{
    private readonly OddServer _server = new OddServer { HangsUp = true }.With("/a.txt", "/b.txt", "/c.txt");
    private readonly OddBench _bench;

    public HangingUpTests() => _bench = new OddBench(_server);

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Files_of_a_device_that_hangs_up_after_each_transfer_are_copied_without_a_second_try()
    {
        await _bench.CopyAsync(_bench.Pull());

        Assert.Empty(_bench.Log.Errors);
        Assert.Equal(["a.txt", "b.txt", "c.txt"], _bench.LocalFiles());
        Assert.All(_bench.Log.Transfers, file => Assert.Equal((NapterFtpTransferStatus.Copied, 1), (file.Status, file.Attempts)));
        Assert.Equal(3, _server.Verbs.Count(verb => verb == "RETR"));
    }

    [Fact]
    public async Task Files_are_moved_off_a_device_that_hangs_up_after_each_transfer()
    {
        await _bench.CopyAsync(_bench.Pull() with { RemoveSource = true });

        Assert.Empty(_bench.Log.Errors);
        Assert.Equal(["a.txt", "b.txt", "c.txt"], _bench.LocalFiles());
        Assert.Empty(_server.Files);
    }

    [Fact]
    public async Task Files_are_stored_on_a_device_that_hangs_up_after_each_transfer()
    {
        _bench.WriteLocal("d.txt");
        _bench.WriteLocal("e.txt");

        await _bench.CopyAsync(_bench.Push());

        Assert.Empty(_bench.Log.Errors);
        Assert.Equal(["/a.txt", "/b.txt", "/c.txt", "/d.txt", "/e.txt"], _server.Files.Keys);
        Assert.Equal("local", Encoding.Latin1.GetString(_server.Files["/e.txt"]));
        Assert.Equal(2, _server.Verbs.Count(verb => verb == "STOR"));
    }

    [Fact]
    public async Task Files_are_copied_in_full_though_the_device_is_taken_for_one_that_bears_commands_behind_transfers()
    {
        _bench.Options = _bench.Options with { Learned = new LearnedTraits { Version = LearnedTraits.CurrentVersion, Features = [], Pipelines = true, Listing = "LIST", Passive = "PASV" } };

        await _bench.CopyAsync(_bench.Pull() with { RemoveSource = true });

        Assert.Empty(_bench.Log.Errors);
        Assert.Equal(["a.txt", "b.txt", "c.txt"], _bench.LocalFiles());
        Assert.Empty(_server.Files);
    }

    [Fact]
    public async Task A_file_named_by_its_bare_name_is_the_one_of_its_folder_also_after_the_device_has_hung_up()
    {
        _server.Resolve = (folder, name) => name.Contains('/', StringComparison.Ordinal) ? null : _server.Join(folder, name);
        _server.With("/sub/a.txt", "/sub/b.txt");

        await _bench.CopyAsync(_bench.Pull() with { RemoveSource = true });

        Assert.Empty(_bench.Log.Errors);
        Assert.Equal(["a.txt", "b.txt", "c.txt", "sub/a.txt", "sub/b.txt"], _bench.LocalFiles());
        Assert.Equal("content of /sub/a.txt", File.ReadAllText(_bench.LocalPath("sub", "a.txt")));
        Assert.Equal("content of /a.txt", File.ReadAllText(_bench.LocalPath("a.txt")));
        Assert.Empty(_server.Files);
    }
}
