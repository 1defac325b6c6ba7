using NapterFtp.Pulls;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Pulls;

public sealed class HistoryKillTests(Stores stores)
{
    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Each_file_comes_once_however_often_the_process_is_killed(string kind)
    {
        using var folder = new ScratchFolder();
        foreach (var part in new[] { "part", "in", "away" })
        {
            folder.Folder(part);
        }

        var text = await stores.NewTextAsync(kind);
        var random = new Random(16);
        for (var life = 1; ; life++)
        {
            using var worker = HistoryWorker.Start(text, folder);
            var errors = worker.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            var left = life > Campaign.Count("KILLS", usual: 6, full: 50) ? int.MaxValue : random.Next(1, 9);
            string? line;
            while ((line = await worker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)) is not (null or "done") && --left > 0)
            {
            }

            if (line is null or "done")
            {
                await worker.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.True(await errors is "", await errors);
                break;
            }

            // Anywhere between two steps of the next file.
            worker.Kill();
            await worker.WaitForExitAsync(TestContext.Current.CancellationToken);

            // What is in place for nobody to take away had arrived.
            foreach (var file in Directory.GetFiles(folder.File("in")))
            {
                File.Move(file, folder.File($"away/{Path.GetFileName(file)}"), overwrite: false);
            }
        }

        Assert.Equal(HistoryWorker.Files, Directory.GetFiles(folder.File("away")).Length);
        await using var store = await PullStore.OpenAsync(new StoreOptions { Address = Stores.AddressOf(text) }, TestContext.Current.CancellationToken);
        Assert.Equal(
            HistoryWorker.Files,
            await store.ReadAsync(
                session => session.CountAsync("select count(*) from napter_file where outcome = 'Copied'", [], TestContext.Current.CancellationToken), TestContext.Current.CancellationToken));
        Assert.Equal(
            0,
            await store.ReadAsync(
                session => session.CountAsync("select count(*) from napter_file where outcome = 'Intended'", [], TestContext.Current.CancellationToken), TestContext.Current.CancellationToken));
    }
}
