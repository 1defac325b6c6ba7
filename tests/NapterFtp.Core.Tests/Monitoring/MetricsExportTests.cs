using System.Net;
using System.Net.Sockets;
using System.Text;
using NapterFtp.Diagnostics;
using NapterFtp.Monitoring;
using NapterFtp.Testing;

namespace NapterFtp.Core.Tests.Monitoring;

/// <summary>What Prometheus, a collector and whatever restarts services see of a process, by HTTP.</summary>
public sealed class MetricsExportTests : IDisposable
{
    private readonly HttpClient _http = new();
    private readonly ExporterErrors _errors = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_page_has_the_ports_and_the_runtime_of_this_process()
    {
        using var export = MetricsExport.Start(Options());
        EntryInstruments.Opened(NapterPortKind.Data, TimeSpan.FromSeconds(0.2));
        EntryInstruments.Ended(NapterPortKind.Data, 1000, 0);

        var page = await _http.GetStringAsync(export.Page, Cancel);

        Assert.Matches(@"(?m)^napterftp_port_opens_total\{napterftp_outcome=""opened"",napterftp_port_kind=""data""\} \d+$", page);
        Assert.Matches(@"(?m)^napterftp_port_open_duration_seconds_bucket\{[^}]*le=""0.25""\} \d+$", page);
        Assert.Matches(@"(?m)^# TYPE napterftp_port_open gauge$", page);
        Assert.Contains("dotnet_gc_collections_total", page, StringComparison.Ordinal);
        Assert.Contains("service_instance_id=\"here\"", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    public async Task The_page_answers_to_both_names_of_this_computer(string name)
    {
        using var export = MetricsExport.Start(Options());

        using var answer = await _http.GetAsync(new UriBuilder(export.Page!) { Host = name }.Uri, Cancel);

        AssertOk(answer);
    }

    [Theory]
    [InlineData("metrics")]
    [InlineData("health")]
    public async Task The_pages_of_all_addresses_answer_to_any_name_as_in_a_container(string page)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows needs a permission for it.");
        using var export = MetricsExport.Start(Options() with { Address = MetricsOptions.AnyAddress });
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(Uri.UriSchemeHttp, "127.0.0.1", export.Page!.Port, page).Uri);
        request.Headers.Host = "10.1.2.3";

        using var answer = await _http.SendAsync(request, Cancel);

        AssertOk(answer);
    }

    [Fact]
    public async Task Health_is_503_with_the_reason_while_the_service_cannot_work()
    {
        string? trouble = null;
        using var export = MetricsExport.Start(Options() with { Trouble = () => trouble });
        var health = new Uri(export.Page!, "health");

        using var well = await _http.GetAsync(health, Cancel);
        trouble = "The store 'db' has not answered for 60 s.";
        using var ill = await _http.GetAsync(health, Cancel);

        Assert.Equal((HttpStatusCode.OK, "ok\n"), (well.StatusCode, await well.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, trouble + "\n"), (ill.StatusCode, await ill.Content.ReadAsStringAsync(Cancel)));
    }

    [Fact]
    public void A_port_that_is_taken_is_refused_with_what_to_do()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var error = Assert.Throws<NapterFtpException>(() => MetricsExport.Start(Options() with { Port = ((IPEndPoint)taken.LocalEndpoint).Port }));

        Assert.Equal("MetricsPortNotAvailable", error.ErrorId);
        Assert.Contains("-MetricsPort", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_has_ended_answers_no_more_and_leaves_its_port_to_the_next()
    {
        // Not one that the system may have given to somebody else by then.
        var export = MetricsExport.Start(Options() with { Port = FreePorts.One() });
        var page = export.Page!;
        export.Dispose();

        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetAsync(page, Cancel));
        using var next = MetricsExport.Start(Options() with { Port = page.Port });
        using var answer = await _http.GetAsync(next.Page, Cancel);
        AssertOk(answer);
    }

    [Fact]
    public async Task A_collector_named_by_the_standard_variable_gets_metrics_at_the_end_if_not_before()
    {
        using var collector = new Collector();
        EntryInstruments.NotOpened(NapterPortKind.Data);

        var export = MetricsExport.Start(Options() with
        {
            Port = null,
            Variables = new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address,
                ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
                ["OTEL_EXPORTER_OTLP_HEADERS"] = "api-key=abc",
            },
        });
        var request = collector.NextAsync("/v1/metrics", Cancel);
        EntryInstruments.NotOpened(NapterPortKind.Data);
        await Task.Run(export.Dispose, Cancel);

        var (body, key) = await request;
        Assert.Contains("napterftp.port.opens", body, StringComparison.Ordinal);
        Assert.Contains("service.instance.id", body, StringComparison.Ordinal);
        Assert.Equal("abc", key);
    }

    [Fact]
    public async Task Promtool_finds_nothing_wrong_with_the_page()
    {
        Assert.SkipUnless(Campaign.IsLong, "Getting promtool takes long; NAPTERFTP_LONG=1 does it.");
        var reason = PeerPackages.Obstacle;
        Assert.SkipUnless(reason is null, $"promtool {reason}");
        var root = await PeerPackages.ExtractAsync("prometheus");
        using var export = MetricsExport.Start(Options());
        EntryInstruments.Opened(NapterPortKind.Tunnel, TimeSpan.FromSeconds(1));
        var page = await _http.GetStringAsync(export.Page, Cancel);

        var result = await ProcessRunner.RunAsync(
            new ProcessCommand(Path.Combine(root, "usr/bin/promtool"), "check", "metrics") { StandardInput = page }, TimeSpan.FromMinutes(1), Cancel);

        Assert.True(result.Succeeded, result.Output + result.Error);
    }

    public void Dispose()
    {
        _http.Dispose();
        _errors.Dispose();
    }

    private void AssertOk(HttpResponseMessage answer) => Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode} {_errors}");

    private static MetricsOptions Options() => new() { Port = 0, Instance = "here", Trouble = () => null };

    /// <summary>Takes what an OpenTelemetry exporter sends by HTTP.</summary>
    private sealed class Collector : IDisposable
    {
        private readonly HttpListener _listener = new();

        public Collector()
        {
            using var probe = new TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
            probe.Stop();
            _listener.Prefixes.Add(Address);
            _listener.Start();
        }

        public string Address { get; }

        public async Task<(string Body, string? Key)> NextAsync(string path, CancellationToken cancel)
        {
            while (true)
            {
                var context = await _listener.GetContextAsync().WaitAsync(cancel);
                using var reader = new StreamReader(context.Request.InputStream, Encoding.Latin1);
                var body = await reader.ReadToEndAsync(cancel);
                context.Response.Close();
                if (context.Request.Url!.AbsolutePath == path)
                {
                    return (body, context.Request.Headers["api-key"]);
                }
            }
        }

        public void Dispose() => _listener.Close();
    }
}
