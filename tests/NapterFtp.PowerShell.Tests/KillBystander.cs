using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace NapterFtp.PowerShell.Tests;

/// <summary>Another process of the same user with ports of its own, to the same device as the first worker: a proxy with one session.</summary>
internal sealed class KillBystander : IDisposable
{
    private readonly KillBench _bench;
    private readonly Process _process;
    private readonly TcpClient _client = new();
    private StreamReader _reader = null!;
    private StreamWriter _writer = null!;

    private KillBystander(KillBench bench)
    {
        _bench = bench;
        _process = bench.Start("proxy.ps1", bench.Workers[0].Imsi);
    }

    /// <summary>Its ports, a control port and a data port that lingers.</summary>
    public IReadOnlyList<string> Ports { get; private set; } = [];

    public static async Task<KillBystander> StartAsync(KillBench bench)
    {
        var bystander = new KillBystander(bench);
        try
        {
            await bystander.BeginAsync();
            return bystander;
        }
        catch
        {
            bystander.Dispose();
            throw;
        }
    }

    /// <summary>Its ports are all there, and its session goes on.</summary>
    public async Task AssertUntouchedAsync()
    {
        Assert.Equal(Ports, _bench.OpenPorts().Intersect(Ports));
        Assert.StartsWith("200", await AskAsync("NOOP"), StringComparison.Ordinal);
    }

    /// <summary>Lets it end in good order.</summary>
    public async Task EndAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(string.Empty, await _process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private async Task BeginAsync()
    {
        const string start = "listens at ";
        string? line;
        do
        {
            line = await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        while (line?.StartsWith(start, StringComparison.Ordinal) == false);

        Assert.NotNull(line);
        await _client.ConnectAsync(IPEndPoint.Parse(line[start.Length..]), TestContext.Current.CancellationToken);
        _reader = new StreamReader(_client.GetStream(), Encoding.ASCII);
        _writer = new StreamWriter(_client.GetStream(), Encoding.ASCII) { AutoFlush = true, NewLine = "\r\n" };
        Assert.StartsWith("220", await ReadAsync(), StringComparison.Ordinal);
        await AskAsync("USER anonymous");
        Assert.StartsWith("230", await AskAsync("PASS me@"), StringComparison.Ordinal);

        var passive = await AskAsync("EPSV");
        using (var data = new TcpClient())
        {
            await data.ConnectAsync(IPAddress.Loopback, int.Parse(passive.Split('|')[3], System.Globalization.CultureInfo.InvariantCulture), TestContext.Current.CancellationToken);
            Assert.StartsWith("150", await AskAsync("NLST"), StringComparison.Ordinal);
            using var listing = new StreamReader(data.GetStream());
            Assert.Contains("source", await listing.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        Assert.StartsWith("226", await ReadAsync(), StringComparison.Ordinal);
        Ports = _bench.OpenPorts();
        Assert.Equal(2, Ports.Count);
    }

    private async Task<string> AskAsync(string command)
    {
        await _writer.WriteLineAsync(command);
        return await ReadAsync();
    }

    private async Task<string> ReadAsync() =>
        await _reader.ReadLineAsync(TestContext.Current.CancellationToken) ?? throw new EndOfStreamException("The proxy hung up.");
}
