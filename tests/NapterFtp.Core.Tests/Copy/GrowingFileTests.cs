using System.Text;
using NapterFtp.Copy;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A program on the device goes on writing while its file is pulled from a real server.</summary>
public sealed class GrowingFileTests
{
    private const int Pulls = 4;

    [Fact]
    public async Task A_log_that_grows_all_the_time_arrives_line_by_line_and_each_line_once()
    {
        await using var bench = await GrowingBench.StartAsync();
        var pull = bench.Client.Pull("/log.csv") with { IfExists = NapterFtpIfExists.Append };

        await bench.WriteWhileAsync(async () =>
        {
            for (var i = 0; i < Pulls; i++)
            {
                await bench.Client.CopyAsync(pull);

                Assert.Empty(bench.Client.Log.Errors);
                Assert.StartsWith(bench.Copy(), bench.Source(), StringComparison.Ordinal);
            }
        });
        await bench.Client.CopyAsync(pull);

        Assert.Equal(bench.Source(), bench.Copy());
        Assert.Equal(["log.csv"], Tree.Names(bench.Client.Local));
    }

    [Fact]
    public async Task A_file_that_is_still_written_is_left_alone_until_it_has_rested()
    {
        await using var bench = await GrowingBench.StartAsync();
        var pull = bench.Client.Pull("/log.csv") with
        {
            RemoveSource = true,
            Rules = new SourceRules { MinimumAge = TimeSpan.FromHours(1) },
        };

        await bench.WriteWhileAsync(() => bench.Client.CopyAsync(pull));
        Assert.Equal(NapterFtpTransferStatus.Postponed, Assert.Single(bench.Client.Log.Transfers).Status);
        Assert.Empty(Tree.Names(bench.Client.Local));

        File.SetLastWriteTimeUtc(bench.SourcePath, DateTime.UtcNow.AddHours(-2));
        await bench.Client.CopyAsync(pull);
        Assert.Equal(bench.Written, bench.Copy());
        Assert.False(File.Exists(bench.SourcePath));
    }

    private sealed class GrowingBench : IAsyncDisposable
    {
        private readonly ScratchFolder _device = new();
        private readonly StringBuilder _written = new();
        private RealServer? _server;

        public ClientBench Client { get; private set; } = null!;

        public string SourcePath => _device.File("log.csv");

        /// <summary>All that was ever written.</summary>
        public string Written => _written.ToString();

        public static async Task<GrowingBench> StartAsync()
        {
            var kind = RealServerKind.Find("vsftpd");
            Peers.Require(kind);
            var bench = new GrowingBench();
            bench.Append(20_000);
            bench._server = await RealServer.StartAsync(kind, bench._device, TestContext.Current.CancellationToken);
            await bench._server.OwnTreeAsync(TestContext.Current.CancellationToken);
            bench.Client = ClientBench.For(bench._device, bench._server);
            return bench;
        }

        public string Source() => File.ReadAllText(SourcePath);

        public string Copy() => File.ReadAllText(Path.Combine(Client.Local, "log.csv"));

        /// <summary>Appends to the file until the work is done.</summary>
        public async Task WriteWhileAsync(Func<Task> work)
        {
            using var stop = new CancellationTokenSource();
            var writer = Task.Run(() =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Append(20);
                    Thread.Yield();
                }
            });
            try
            {
                await work();
            }
            finally
            {
                await stop.CancelAsync();
                await writer;
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await _server!.DisposeAsync();
            _device.Dispose();
        }

        private void Append(int lines)
        {
            var text = string.Concat(Enumerable.Range(_written.Length, lines).Select(number => $"{number:x8}, 21.5\n"));
            File.AppendAllText(SourcePath, text);
            _written.Append(text);
        }
    }
}
