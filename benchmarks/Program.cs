using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using NapterFtp.Benchmarks;
using NapterFtp.Benchmarks.Bulk;
using NapterFtp.Benchmarks.Growth;
using NapterFtp.Benchmarks.Measure;
using NapterFtp.Benchmarks.Peers;
using NapterFtp.Benchmarks.Sessions;
using NapterFtp.Benchmarks.SmallFiles;
using NapterFtp.Benchmarks.Source;
using NapterFtp.Benchmarks.Start;
using NapterFtp.Testing;

const string Usage = """
    usage: benchmarks/run [--quick] [--plots] [--shell=program] [bulk] [many] [small] [curls] [parallel] [start] [sessions] [growth]

      bulk      1 GiB down and up over one connection, beside HAProxy, stunnel, socat and proftpd's mod_proxy
      many      the same over 1, 8, 64 and 256 connections
      small     200 files of 2 kB, API latency 250 ms, round trip 80 ms
      curls     ten curls, one file each, over lines with and without latency
      parallel  10 and 60 files by 12 connections, beside lftp, curl and rclone
      start     importing the module, the first greeting, idle memory
      sessions  300 sessions that transfer, 1,000 idle ones
      growth    files of 1 KiB to 1 GiB, 10 to 10,000 files, 1 to 200 devices

      --quick   less data and fewer runs, for a first look
      --plots   writes the plots to docs/images
      --shell   runs the module in this shell, such as a package's napterftp-shell; by default in tools/Shell as it is built here

    All of them by default. Linux with apt-get, as root: what is missing of the peers is installed. Tables go to standard
    output, progress to standard error; docs/performance.md has the method.
    """;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["--source", var certificate])
{
    SourceServer.Run(SslStreamCertificateContext.Create(X509Certificate2.CreateFromPemFile(certificate), null, offline: true));
    return 0;
}

var benchmarks = new Dictionary<string, Func<Settings, Report, Task>>
{
    ["bulk"] = BulkBenchmark.RunAsync,
    ["many"] = ManyBenchmark.RunAsync,
    ["small"] = SmallFilesBenchmark.RunAsync,
    ["curls"] = FileSessionsBenchmark.RunAsync,
    ["parallel"] = ParallelBenchmark.RunAsync,
    ["start"] = StartBenchmark.RunAsync,
    ["sessions"] = SessionsBenchmark.RunAsync,
    ["growth"] = GrowthBenchmark.RunAsync,
};
var chosen = args.Where(argument => !argument.StartsWith('-')).ToArray();
var shell = args.LastOrDefault(argument => argument.StartsWith("--shell=", StringComparison.Ordinal));
if (args.Except(chosen).Any(option => option != shell && option is not ("--quick" or "--plots")) || chosen.Except(benchmarks.Keys).Any())
{
    Console.WriteLine(Usage);
    return args.Contains("--help") ? 0 : 2;
}

if (shell is not null)
{
    ModuleHost.Shell = [Path.GetFullPath(shell["--shell=".Length..])];
}

if (await PeerPackages.EnsureAsync("haproxy", "stunnel4", "socat", "curl", "lftp", "rclone") is { } obstacle)
{
    Console.Error.WriteLine($"The peers are not on this machine: {obstacle}.");
    return 1;
}

var settings = args.Contains("--quick") ? Settings.Quick : new Settings();
var report = new Report(args.Contains("--plots") ? Path.Combine(ModuleHost.Repository, "docs/images") : null);
report.Add("Machine", await Machine.DescribeAsync());
foreach (var (name, run) in benchmarks)
{
    if (chosen.Length == 0 || chosen.Contains(name))
    {
        await run(settings, report);
    }
}

return 0;
