using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using NapterFtp.Copy;
using NapterFtp.Core.Tests.Copy;
using NapterFtp.Core.Tests.Relay;
using NapterFtp.Simulator;
using NapterFtp.Simulator.Device;

namespace NapterFtp.Core.Tests.Faults;

/// <summary>While everything fails, nothing that is written down anywhere holds a secret.</summary>
public sealed class SecrecyTests
{
    private const string DevicePassword = "planted-device-password";
    private const string DeviceUser = "operator";

    [Fact]
    public async Task No_log_event_error_or_journal_holds_a_secret_whatever_fails()
    {
        using var written = new WrittenDown();
        var secrets = new List<string> { DevicePassword };
        var journals = new ConcurrentBag<string>();
        ApiFault[] apiFaults =
        [
            .. Enum.GetValues<ApiFaultKind>().Select(kind => ApiFault.Of(kind) with { When = null }),
            ApiFault.Error(401), ApiFault.Error(403), ApiFault.HtmlError(503),
        ];
        await Parallel.ForEachAsync(apiFaults, new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (fault, _) =>
        {
            await using var bench = await FaultBench.StartAsync(
                written, device => device with { UserName = DeviceUser, Password = DevicePassword, AllowsAnonymous = false });
            lock (secrets)
            {
                secrets.AddRange([bench.Simulator.AuthKey, bench.Simulator.AuthKeyId, bench.Simulator.Password]);
            }

            bench.Simulator.Faults.Arm(fault with { Count = 2, Skip = 1 });
            await RunAsync(bench, written);
            foreach (var file in Directory.EnumerateFiles(bench.Journal, "*", SearchOption.AllDirectories))
            {
                journals.Add(file);
                written.Add(ReadShared(file));
            }
        });

        Assert.NotEmpty(journals);
        var text = written.ToString();
        Assert.Contains("PASS ", text, StringComparison.Ordinal);
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }

        // Tokens are JSON web tokens, whose first part always begins so; API keys are issued in the simulator's own form.
        Assert.DoesNotContain("eyJ", text, StringComparison.Ordinal);
        Assert.DoesNotMatch("(api|secret|keyId|pw)-[0-9a-f]{40}", text);
    }

    private static async Task RunAsync(FaultBench bench, WrittenDown written)
    {
        bench.Device.Faults.Arm(DeviceFault.DropData(20_000, "RETR"));
        bench.Device.Faults.Arm(DeviceFault.RefuseLogin() with { Skip = 1 });
        using var subscription = bench.Connection.Ports.Subscribe(step => written.Add(step.ToString()));
        foreach (var password in new[] { DevicePassword, DevicePassword, DevicePassword })
        {
            try
            {
                await CopyAsync(bench, written, password);
                await using var proxy = await bench.StartProxyAsync();
                using var client = await RawFtpClient.ConnectAsync(proxy.ListenEndPoint);
                written.Add(await client.ReadLineAsync() ?? "");
                written.Add(await client.AskAsync($"USER {DeviceUser}"));
                written.Add(await client.AskAsync($"PASS {password}"));
                written.Add((await ProxyTrial.DownloadAsync(bench, client)).ToString());
                written.Add(proxy.Snapshot().ToString());
            }
            catch (Exception e) when (e is NapterFtpException or IOException)
            {
                written.Add(e.ToString());
            }
        }

        written.Add(bench.Connection.ToString());
    }

    private static async Task CopyAsync(FaultBench bench, WrittenDown written, string password)
    {
        var log = new CopyLog();
        await using var client = bench.NewClient(new FtpLogin(DeviceUser, new NetworkCredential("", password).SecurePassword));
        try
        {
            await DeviceCopy.RunAsync(
                client,
                new CopyOptions { Paths = ["/" + FaultBench.FileName], Destination = bench.Local, Retry = new RetryPolicy(1, TimeSpan.FromSeconds(1)) },
                log,
                CancellationToken.None);
        }
        finally
        {
            written.Add(string.Join('\n', log.Errors.Cast<object>().Concat(log.Transfers)));
        }
    }

    /// <summary>Reads a file that its writer holds open.</summary>
    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    /// <summary>Every log line at every level, and whatever else is added.</summary>
    private sealed class WrittenDown : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public void Add(string line) => _lines.Enqueue(line);

        public override string ToString() => string.Join('\n', _lines);

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            Add(state.ToString() ?? "");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Add($"{formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }
}
