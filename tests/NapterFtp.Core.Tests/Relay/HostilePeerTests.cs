namespace NapterFtp.Core.Tests.Relay;

public sealed class HostilePeerTests
{
    [Theory]
    [InlineData("CWD a\rDELE b\r\n")]
    [InlineData("CWD a\0b\r\n")]
    [InlineData("STOR a\r\0\r\n")]
    public async Task A_command_with_a_carriage_return_or_NUL_in_it_never_reaches_the_device(string command)
    {
        await using var bench = new ProxyBench();
        using var client = await bench.StartAsync();
        await client.SendAsync(command);
        Assert.StartsWith("501", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal("200 Ok.\r\n", await client.AskAsync("NOOP"));
        Assert.Equal(["NOOP\r\n"], bench.Device.Received);
    }

    [Theory]
    [InlineData("hunter2-secret")]
    [InlineData("q7")]
    public async Task A_password_that_the_device_says_again_is_shown_to_its_client_alone(string password)
    {
        await using var bench = new ProxyBench();
        bench.Device.WithTransfers((session, _) => session.SendAsync($"550 no file for {password}\r\n"));
        var byDefault = bench.Device.OnCommand;
        bench.Device.OnCommand = (session, line) => line.StartsWith("PASS", StringComparison.Ordinal)
            ? session.SendAsync($"530 'PASS {password}'? Not {password.ToUpperInvariant()}!\r\n")
            : byDefault(session, line);
        using var client = await bench.StartAsync();
        Assert.Equal($"530 'PASS {password}'? Not {password.ToUpperInvariant()}!\r\n", await client.AskAsync("PASS " + password));
        using var data = await RawFtpClient.ConnectDataAsync(await client.AskAsync("PASV"));
        Assert.Contains(password, await client.AskAsync("RETR a"), StringComparison.Ordinal);
        Assert.StartsWith("221", await client.AskAsync("QUIT"), StringComparison.Ordinal);
        await bench.DataPortsClosedAsync();
        await ProxyBench.UntilAsync(() => bench.Log.All.Any(text => text.Contains("has ended", StringComparison.Ordinal)));
        Assert.Contains(bench.Log.All, text => text.Contains("530", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.All, text => text.Contains(password, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(bench.Events, step => $"{step.Error} {step.Command}".Contains(password, StringComparison.OrdinalIgnoreCase));
    }
}
