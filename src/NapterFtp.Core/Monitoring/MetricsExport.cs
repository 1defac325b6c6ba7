using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NapterFtp.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace NapterFtp.Monitoring;

/// <summary>Hands the process' metrics to Prometheus, by a page, and metrics and activities to an OpenTelemetry collector, by OTLP,
/// until it is disposed.</summary>
/// <remarks>The page's <c>/metrics</c> is in Prometheus' text format, and <c>/health</c> answers 200 or, with the reason, 503.</remarks>
internal sealed class MetricsExport : IDisposable
{
    // The runtime's own: memory, collections, threads.
    private const string RuntimeMeter = "System.Runtime";

    // _count at the end of a name is a histogram's there; nobody watches these.
    private static readonly string[] NotForPrometheus = ["dotnet.assembly.count", "dotnet.process.cpu.count", "dotnet.timer.count"];

    private const int PortAttempts = 20;

    private readonly MeterProvider? _meters;
    private readonly TracerProvider? _tracer;
    private readonly HealthPage? _health;

    private MetricsExport(MetricsOptions options, int? port)
    {
        var meters = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => Describe(resource, options))
            .AddMeter(NapterFtpDiagnostics.Name, RuntimeMeter);
        foreach (var name in NotForPrometheus)
        {
            meters.AddView(name, MetricStreamConfiguration.Drop);
        }

        if (port is { } number)
        {
            _health = new HealthPage(options.Trouble);
            meters.AddPrometheusHttpListener(page =>
            {
                // The library builds an address of it, which a star is none of; the listener is told below.
                page.Host = options.Address == MetricsOptions.AnyAddress ? "localhost" : options.Address;
                page.Port = number;
                page.ScopeInfoEnabled = false;
                page.ConfigureHttpListener = (_, listener) => AddNames(listener, options.Address, number);
            });
            Page = new UriBuilder(Uri.UriSchemeHttp, options.Address == MetricsOptions.AnyAddress ? Dns.GetHostName() : options.Address, number, "metrics").Uri;
        }

        if (options.HasCollector)
        {
            var variables = new ConfigurationBuilder()
                .AddInMemoryCollection(options.Variables.Where(variable => variable.Key.StartsWith("OTEL_", StringComparison.Ordinal))).Build();
            meters.ConfigureServices(services => services.AddSingleton<IConfiguration>(variables)).AddOtlpExporter();
            _tracer = Sdk.CreateTracerProviderBuilder()
                .ConfigureServices(services => services.AddSingleton<IConfiguration>(variables))
                .ConfigureResource(resource => Describe(resource, options))
                .AddSource(NapterFtpDiagnostics.Name)
                .AddOtlpExporter()
                .Build();
        }

        try
        {
            _meters = meters.Build();
            _health?.Start(options.Address, port!.Value);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The address of the Prometheus page; null where there is none.</summary>
    public Uri? Page { get; }

    /// <summary>Begins.</summary>
    /// <exception cref="NapterFtpException"><c>MetricsPortNotAvailable</c>: the port is taken or may not be bound.</exception>
    public static MetricsExport Start(MetricsOptions options)
    {
        for (var attempt = 1; ; attempt++)
        {
            var port = options.Port == 0 ? FindFreePort() : options.Port;
            try
            {
                return new MetricsExport(options, port);
            }
            catch (Exception exception) when (exception is InvalidOperationException or HttpListenerException)
            {
                // Of ports that the system has chosen, somebody else may have been quicker.
                if (options.Port != 0 || attempt == PortAttempts)
                {
                    throw NotAvailable(options.Address, port ?? 0, exception);
                }
            }
        }
    }

    public void Dispose()
    {
        _health?.Dispose();
        _meters?.Dispose();
        _tracer?.Dispose();
    }

    private static void Describe(ResourceBuilder resource, MetricsOptions options) => resource.AddService(
        "napterftp",
        serviceVersion: typeof(MetricsExport).Assembly.GetName().Version?.ToString(3),
        autoGenerateServiceInstanceId: false,
        serviceInstanceId: options.Instance);

    // A browser asks for localhost; a listener answers to the names that it was told alone.
    private static void AddNames(HttpListener listener, string address, int port)
    {
        if (address == MetricsOptions.AnyAddress)
        {
            listener.Prefixes.Clear();
            listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://*:{port}/metrics/"));
        }
        else if (IPAddress.TryParse(address, out var ip) && IPAddress.IsLoopback(ip) && ip.AddressFamily == AddressFamily.InterNetwork)
        {
            listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}/metrics/"));
        }
    }

    private static int FindFreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static NapterFtpException NotAvailable(string address, int port, Exception cause) => new(
        "MetricsPortNotAvailable",
        NapterFtpErrorKind.InUse,
        string.Create(CultureInfo.InvariantCulture, $"The page of metrics cannot listen at {address}, port {port}: {(cause.InnerException ?? cause).Message}."),
        "Choose another -MetricsPort, or 0 for any. On Windows an address other than this computer's own needs a permission: netsh http add urlacl.",
        port,
        cause);
}
