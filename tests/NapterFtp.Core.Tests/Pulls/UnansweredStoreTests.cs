using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;

namespace NapterFtp.Core.Tests.Pulls;

/// <summary>A store that goes away just when a file is about to take its name: what it has noted is not known here.</summary>
public sealed class UnansweredStoreTests(Stores stores)
{
    public static TheoryData<Lost> Answers => [.. Enum.GetValues<Lost>()];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task A_file_comes_once_whichever_answer_of_the_store_is_lost(Lost lost)
    {
        await using var device = await ClientBench.StartAsync();
        Tree.Add(Path.Combine(device.Root, "a.csv"), 500, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        await using var bench = await HistoryBench.StartAsync(stores, Stores.Sqlite);
        var pull = device.Pull() with { IfExists = NapterFtpIfExists.New };

        var first = await bench.WriterAsync();
        await device.CopyAsync(pull with { History = new Forgetful(first, lost), Files = lost == Lost.Withdrawal ? new Stubborn() : LocalFileSystem.Native });
        bench.Kill(first);
        Assert.NotEmpty(device.Log.Errors);

        await device.CopyAsync(pull with { History = await bench.WriterAsync() });
        Assert.Equal(["a.csv"], Tree.Names(device.Local));
        Assert.Single(await bench.RecordsAsync(), record => record.Outcome == NapterPullOutcome.Copied);

        File.Delete(Path.Combine(device.Local, "a.csv"));
        await device.CopyAsync(pull with { History = await bench.WriterAsync() });
        Assert.Empty(Tree.Names(device.Local));
    }

    public enum Lost
    {
        /// <summary>That of the intent; the store had it on its disk.</summary>
        Intent,

        /// <summary>The same, where the one who waited for it was told to stop.</summary>
        StoppedIntent,

        /// <summary>That of the withdrawal, which was not done.</summary>
        Withdrawal,

        /// <summary>That of the end, which was not noted.</summary>
        Settlement,
    }

    private sealed class Stubborn : LocalFileSystem
    {
        public override void Move(string from, string to) => throw new IOException("The disk does not like it now.");
    }

    private sealed class Forgetful(IFileHistory history, Lost lost) : IFileHistory
    {
        private static NapterFtpException Away => new("StoreUnreachable", NapterFtpErrorKind.Connection, "The database does not answer.", "Look at it.");

        public Task<string?> RecallSimAsync(string imsi, string? simId, CancellationToken cancellationToken) => history.RecallSimAsync(imsi, simId, cancellationToken);

        public Task<IReadOnlySet<FileVersion>> FindAsync(DeviceKey device, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken) =>
            history.FindAsync(device, versions, cancellationToken);

        public Task<bool> NoteFirstAsync(DeviceKey device, string scope, IReadOnlyCollection<FileVersion> versions, CancellationToken cancellationToken) =>
            history.NoteFirstAsync(device, scope, versions, cancellationToken);

        public async Task<long> IntendAsync(FileArrival arrival, CancellationToken cancellationToken)
        {
            var intent = await history.IntendAsync(arrival, cancellationToken);
            return lost switch
            {
                Lost.Intent => throw Away,
                Lost.StoppedIntent => throw new OperationCanceledException(),
                _ => intent,
            };
        }

        public Task SettleAsync(long intent, NapterFtpTransfer result, CancellationToken cancellationToken) =>
            lost == Lost.Settlement ? throw Away : history.SettleAsync(intent, result, cancellationToken);

        public Task WithdrawAsync(long intent, CancellationToken cancellationToken) =>
            lost == Lost.Withdrawal ? throw Away : history.WithdrawAsync(intent, cancellationToken);

        public Task ReportAsync(DeviceKey device, FileVersion version, NapterFtpTransfer result, CancellationToken cancellationToken) => throw Away;
    }
}
