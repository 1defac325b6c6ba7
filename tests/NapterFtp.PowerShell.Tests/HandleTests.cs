using System.Globalization;
using System.Net.Sockets;

namespace NapterFtp.PowerShell.Tests;

/// <summary>A process that may open few files, and more clients than it can have handles for.</summary>
public sealed class HandleTests : IDisposable
{
    private const int Clients = 300;

    private readonly ModuleSession _session = new();

    public HandleTests() => _session.Run("$sim = Start-NapterSimulator");

    public void Dispose() => _session.Dispose();

    [Fact]
    public async Task A_proxy_that_runs_out_of_handles_says_so_once_and_serves_again_when_clients_have_gone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells a process its limit in a file.");
        using var shell = ShellProcess.StartUnder("ulimit -n 300", "-Command", Script());
        var port = int.Parse((await shell.ReadToLineAsync("port "))["port ".Length..], CultureInfo.InvariantCulture);

        var clients = new List<TcpClient>();
        for (var i = 0; i < Clients; i++)
        {
            var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
            clients.Add(client);
        }

        Assert.StartsWith("220", await GreetingAsync(clients[0]), StringComparison.Ordinal);
        string told;
        do
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            told = await AskAsync(shell);
        }
        while (told == "told 0 of 0");

        foreach (var client in clients)
        {
            client.Client.LingerState = new LingerOption(true, 0);
            client.Dispose();
        }

        using (var late = new TcpClient())
        {
            await late.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
            Assert.StartsWith("220", await GreetingAsync(late), StringComparison.Ordinal);
        }

        Assert.Equal("told 1 of 1", await AskAsync(shell));
        var result = await shell.EndAsync();
        Assert.Equal(string.Empty, result.Error);
        Assert.Equal(0, result.ExitCode);
        Assert.Empty(_session.Run("$sim.PortMappings"));
    }

    private static async Task<string?> GreetingAsync(TcpClient client) =>
        await new StreamReader(client.GetStream()).ReadLineAsync(TestContext.Current.CancellationToken);

    /// <summary>How many of the proxy's warnings are about handles.</summary>
    private static async Task<string> AskAsync(ShellProcess shell)
    {
        await shell.WriteLineAsync("?");
        return await shell.ReadToLineAsync("told ");
    }

    private string Script()
    {
        var simulator = _session.RunOne("$sim");
        return string.Create(
            CultureInfo.InvariantCulture,
            $$"""
            {{ShellProcess.SignIn(simulator)}}
            $job = Start-NapterFtpProxy {{simulator.Text("Imsi")}} -Port 0 -MaxSession 1000
            "port $($job.ListenEndPoint.Port)"
            while ([Console]::In.ReadLine()) {
                $told = @($job.Warning | Where-Object Message -Match 'ulimit')
                "told $($told.Count) of $(@($job.Warning).Count)"
            }
            $job | Stop-NapterFtpProxy
            """);
    }
}
