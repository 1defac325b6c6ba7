using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NapterFtp.Pulls.Service;

namespace NapterFtp.Core.Tests.Pulls.Service;

/// <summary>A member of a service in a process of its own, so that it can be killed. It ends when its input does.</summary>
internal static class ServiceWorker
{
    private const string Variable = "NAPTERFTP_TEST_SERVICE_WORKER";

    /// <summary>The folder of the pages about runs, and the file that names each refusal of SORACOM's to be asked so often.</summary>
    public const string Reports = "reports", Refusals = "refusals";

    /// <summary>Starts one, and waits until it serves.</summary>
    public static async Task<Process> StartAsync(ServiceBench bench, string name)
    {
        var simulator = bench.Simulator;
        var process = HistoryWorker.Start(
            Variable, bench.StoreText, bench.Folder, name, simulator.ApiEndPoint.ToString(), simulator.TrustedRootPath!, simulator.AuthKeyId, simulator.AuthKey);
        if (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is null)
        {
            Assert.Fail(await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        }

        return process;
    }

    public static void Run() => HistoryWorker.Run(Variable, parts => RunAsync(parts[0], parts[1], parts[2], new Uri(parts[3]), parts[4], parts[5], parts[6]));

    private static async Task RunAsync(string store, string folder, string name, Uri endpoint, string roots, string keyId, string key)
    {
        using var loggers = new RefusalLog(Path.Combine(folder, Refusals));
        await using var connection = await ServiceBench.ConnectAsync(endpoint, roots, keyId, key, folder, options => options with { ApiCallsPerSecond = null, Loggers = loggers });
        var options = ServiceBench.OptionsOf(store, connection, folder, name);

        // A database that is started again is away for longer than that: what was under way then fails in the middle.
        // Looks cost each member alike, whether there is anything new or not.
        options = options with
        {
            ThrottleLimit = 8,
            ReportFolder = Path.Combine(folder, Reports),
            Store = options.Store with { Patience = TimeSpan.FromMilliseconds(500) },
            Pace = options.Pace with { Look = TimeSpan.FromSeconds(1), Sweep = TimeSpan.FromSeconds(4) },
        };
        await using (await PullService.StartAsync(options, CancellationToken.None))
        {
            await Console.Out.WriteLineAsync("ready");
            await Console.In.ReadToEndAsync();
        }
    }

    private sealed class RefusalLog(string path) : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception) is var line && line.Contains(": 429 in ", StringComparison.Ordinal))
            {
                File.AppendAllText(path, line + "\n");
            }
        }
    }
}
