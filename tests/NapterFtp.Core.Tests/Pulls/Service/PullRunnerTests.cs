using NapterFtp.Copy;
using NapterFtp.Pulls;

namespace NapterFtp.Core.Tests.Pulls.Service;

public sealed class PullRunnerTests(Stores stores)
{
    [Fact]
    public async Task A_device_that_fails_in_a_way_that_nobody_foresaw_does_not_end_the_others()
    {
        await using var bench = await ServiceBench.StartAsync(stores, Stores.Sqlite, devices: 3);
        var pull = await bench.RegisterAsync(bench.Pull());
        var simulator = bench.Simulator;
        await using var connection = await ServiceBench.ConnectAsync(simulator.ApiEndPoint, simulator.TrustedRootPath, simulator.AuthKeyId, simulator.AuthKey, bench.Folder);
        var runner = new PullRunner(await bench.OpenAsync(), connection, new HistoryOwnerOptions { Folder = bench.Folder.File("owners"), Computer = "here" });
        var sinks = new List<Sink>();
        var run = await runner.RunAsync(
            pull, DateTimeOffset.UtcNow, FtpLogin.Anonymous, limit: 1,
            device =>
            {
                sinks.Add(new Sink(breaks: device.Imsi == simulator.Sims[0].Imsi));
                return sinks[^1];
            },
            TestContext.Current.CancellationToken);
        Assert.Equal((2, 1, 0), (run.Done, run.Failed, run.Waiting));
        Assert.NotNull(run.Ended);
        Assert.Equal(["PullFailed"], sinks.SelectMany(sink => sink.Errors).Select(error => error.ErrorId));
        Assert.Contains(simulator.Sims[0].Imsi, run.Error, StringComparison.Ordinal);
    }

    private sealed class Sink(bool breaks) : ICopySink
    {
        public List<NapterFtpException> Errors { get; } = [];

        public void Done(NapterFtpTransfer transfer)
        {
        }

        public void Failed(NapterFtpException error) => Errors.Add(error);

        public void Progressed(CopyProgress progress)
        {
        }

        public ValueTask<bool> ApproveAsync(string action, string target, CancellationToken cancellationToken) =>
            breaks ? throw new InvalidOperationException("Nobody thought of this.") : ValueTask.FromResult(true);
    }
}
