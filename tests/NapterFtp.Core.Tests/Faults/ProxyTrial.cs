using System.Net.Sockets;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>A client of the proxy that meets a fault, and another that comes afterwards.</summary>
internal static class ProxyTrial
{
    private const string UploadName = "up.bin";

    public static async Task<FaultResult> RunAsync(FaultBench bench, FaultRow row, FaultWay way)
    {
        var proxy = await bench.StartProxyAsync();
        var started = bench.Time.GetTimestamp();
        var seen = await MeetAsync(bench, proxy, row, way);
        var took = bench.Time.GetElapsedTime(started);
        bench.Simulator.Faults.Clear();
        bench.Device.Faults.Clear();

        var problems = new List<string?> { seen.Problem };
        if (await bench.CountLeftAsync(dataOnly: true) is var data and > 0)
        {
            problems.Add($"{data} data ports stayed open while the proxy ran");
        }

        await Task.Delay(row.Heals, bench.Time);
        if (!proxy.Completion.IsCompleted && bench.Connection.TokenExpiresAt is not null)
        {
            using var next = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
            problems.Add(await LoginAsync(next) ?? await DownloadAsync(bench, next) switch
            {
                { Whole: true, Problem: null } => null,
                var other => $"the next session saw {other}",
            });
        }

        await proxy.StopAsync(TimeSpan.Zero, CancellationToken.None);
        return new FaultResult(seen.Saw, took, await bench.CountLeftAsync(dataOnly: false), Join(problems));
    }

    /// <summary>Reads the greeting and logs in.</summary>
    /// <returns>A refusal, or null.</returns>
    public static async Task<string?> LoginAsync(RawFtpClient client)
    {
        var reply = await client.ReadLineAsync() ?? "the connection's end";
        foreach (var (code, command) in new[] { ("220", "USER anonymous"), ("331", "PASS guest@example.com") })
        {
            if (!reply.StartsWith(code, StringComparison.Ordinal))
            {
                return reply.TrimEnd();
            }

            reply = await client.AskAsync(command);
        }

        return reply.StartsWith('2') && (await client.AskAsync("TYPE I")).StartsWith('2') ? null : reply.TrimEnd();
    }

    public static Task<Seen> DownloadAsync(FaultBench bench, RawFtpClient client) => TransferAsync(client, $"RETR {FaultBench.FileName}", async data =>
    {
        var content = new MemoryStream();
        await data.CopyToAsync(content);
        return () => content.ToArray().AsSpan().SequenceEqual(bench.Content);
    });

    private static Task<Seen> UploadAsync(FaultBench bench, RawFtpClient client) => TransferAsync(client, $"STOR {UploadName}", async data =>
    {
        await data.WriteAsync(bench.Content);
        data.Socket.Shutdown(SocketShutdown.Send);
        return () => File.ReadAllBytes(bench.RemotePath(UploadName)).AsSpan().SequenceEqual(bench.Content);
    });

    private static async Task<Seen> MeetAsync(FaultBench bench, FtpProxy proxy, FaultRow row, FaultWay way)
    {
        if (row.BeforeSession)
        {
            row.Arm(bench);
        }

        using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
        try
        {
            if (await LoginAsync(client) is { } refusal)
            {
                return new Seen(refusal, false, IsClear(refusal) ? null : "no clear error").Judge(row.Expected(way));
            }

            if (!row.BeforeSession)
            {
                row.Arm(bench);
            }

            if (row.Act is { } act)
            {
                return new Seen(await act(new ClientAct(bench, proxy, client)), false, null);
            }

            var seen = await (way == FaultWay.Upload ? UploadAsync(bench, client) : DownloadAsync(bench, client));
            return seen.Judge(row.Expected(way));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return new Seen($"connection ended: {e.Message}", false, "no clear error");
        }
    }

    private static async Task<Seen> TransferAsync(RawFtpClient client, string command, Func<NetworkStream, Task<Func<bool>>> move)
    {
        var reply = await client.AskAsync("PASV");
        if (!reply.StartsWith("227", StringComparison.Ordinal))
        {
            return Seen.Of(reply);
        }

        using var data = await ConnectDataAsync(reply);
        reply = await client.AskAsync(command);
        if (!reply.StartsWith('1'))
        {
            return Seen.Of(reply);
        }

        Func<bool>? isWhole = null;
        try
        {
            isWhole = data is null ? null : await move(data.GetStream());
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The final reply says why.
        }

        reply = await client.ReadLineAsync() ?? "the connection's end";
        if (!reply.StartsWith('2'))
        {
            return Seen.Of(reply);
        }

        return isWhole?.Invoke() == true
            ? new Seen(reply.TrimEnd(), true, null)
            : new Seen(reply.TrimEnd(), false, isWhole is null ? "success after a broken data connection" : "a part taken for the whole");
    }

    /// <summary>Null where nobody listens any more, as the relay knows already that the device's side failed: the transfer's reply says why.</summary>
    private static async Task<TcpClient?> ConnectDataAsync(string reply)
    {
        try
        {
            return await RawFtpClient.ConnectDataAsync(reply);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static bool IsClear(string reply) => reply is ['4' or '5', _, _, ' ', ..] && reply.Length > 10;

    private static string? Join(IEnumerable<string?> problems)
    {
        var text = string.Join("; ", problems.OfType<string>());
        return text.Length == 0 ? null : text;
    }

    /// <summary>What a client saw.</summary>
    public sealed record Seen(string Saw, bool Whole, string? Problem)
    {
        public static Seen Of(string reply) => new(reply.TrimEnd(), false, IsClear(reply.TrimEnd()) ? null : "no clear error");

        public Seen Judge(FaultOutcome expected) => (expected, Whole) switch
        {
            (FaultOutcome.Undetectable, _) => this with { Problem = null },
            (FaultOutcome.Works, false) => this with { Problem = Problem ?? "should have worked" },
            (FaultOutcome.Fails, true) => this with { Problem = "should have failed" },
            _ => this,
        };
    }
}
