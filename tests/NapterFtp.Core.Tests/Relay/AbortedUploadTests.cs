namespace NapterFtp.Core.Tests.Relay;

/// <summary>An upload that the client gives up with ABOR, and then closes: what has come of it must not pass for a whole file.</summary>
public sealed class AbortedUploadTests : IAsyncDisposable
{
    private readonly ProxyBench _bench = new();
    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _endedWell = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public AbortedUploadTests()
    {
        _bench.Device.WithTransfers((session, line) =>
        {
            _ = StoreAsync(session);
            return Task.CompletedTask;
        });
        var byDefault = _bench.Device.OnCommand;
        _bench.Device.OnCommand = async (session, line) =>
        {
            if (line != "ABOR\r\n")
            {
                await byDefault(session, line);
                return;
            }

            _aborted.SetResult();
            await AnswerAbortAsync(session);
        };
    }

    /// <summary>Whether the device looks at its control connection while it takes data.</summary>
    private bool Listens { get; set; }

    public ValueTask DisposeAsync()
    {
        _begun.TrySetResult();
        return _bench.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_upload_that_was_given_up_ends_as_a_broken_one_at_the_device(bool listens)
    {
        Listens = listens;
        using var client = await _bench.StartAsync();
        using (var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV")))
        {
            Assert.StartsWith("150", await client.AskAsync("STOR a"), StringComparison.Ordinal);
            await data.GetStream().WriteAsync(new byte[10]);
            await _begun.Task;
            await client.SendAsync("ABOR\r\n");
            await _aborted.Task;
        }

        await _bench.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => _endedWell.Task.IsCompleted);
        Assert.False(await _endedWell.Task);
        Assert.Equal("426 Aborted.\r\n", await client.ReadLineAsync());
        Assert.Equal("226 Abort successful.\r\n", await client.ReadLineAsync());
        await _bench.DataPortsClosedAsync();
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
    }

    private async Task AnswerAbortAsync(DeviceSession session)
    {
        if (!Listens)
        {
            await session.SendAsync(await _endedWell.Task ? "226 Stored.\r\n" : "426 Aborted.\r\n");
        }

        await session.SendAsync(Listens ? "426 Aborted.\r\n226 Abort successful.\r\n" : "226 Abort successful.\r\n");
    }

    private async Task StoreAsync(DeviceSession session)
    {
        await session.SendAsync("150 Send it.\r\n");
        using var data = await session.AcceptDataAsync();
        try
        {
            var buffer = new byte[100];
            while (await data.GetStream().ReadAsync(buffer) > 0)
            {
                _begun.TrySetResult();
            }

            _endedWell.SetResult(true);
        }
        catch (IOException)
        {
            _endedWell.SetResult(false);
        }
    }
}
