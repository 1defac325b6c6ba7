using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace NapterFtp.Diagnostics;

/// <summary>The <see cref="ActivitySource"/> and <see cref="Meter"/> that OpenTelemetry listens to, both named <c>NapterFtp</c>.</summary>
internal static class NapterFtpDiagnostics
{
    public const string Name = "NapterFtp";

    public static ActivitySource Activities { get; } = new(Name);

    public static Meter Meter { get; } = new(Name);
}
