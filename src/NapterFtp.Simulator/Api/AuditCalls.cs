using System.Globalization;
using NapterFtp.Simulator.Gateway;

namespace NapterFtp.Simulator.Api;

/// <summary>Napter's audit log, newest first.</summary>
internal sealed class AuditCalls(SimulatorOptions options, AuditLog log)
{
    private const int DefaultLimit = 100;
    private const int MaximumLimit = 1000;

    public HttpAnswer Get(HttpRequest request)
    {
        if (request.Parameter("resource_type") is { } type && type != "Subscriber")
        {
            throw ApiErrorException.InvalidRequest("resource_type must be Subscriber.");
        }

        var imsi = request.Parameter("resource_id");
        var from = Time(request, "from") ?? long.MinValue;
        var to = Time(request, "to") ?? long.MaxValue;
        return Paging.Page(
            request,
            log.NewestFirst().Where(entry => entry.CreatedAt >= from && entry.CreatedAt <= to && (imsi is null || entry.Imsi == imsi)),
            entry => entry.CreatedAt.ToString(CultureInfo.InvariantCulture),
            (entry, key) => long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var last) && entry.CreatedAt < last,
            Describe,
            DefaultLimit,
            MaximumLimit);
    }

    private object Describe(AuditEntry entry) => new
    {
        entry.ConnectionId,
        entry.CreatedAt,
        Direction = new
        {
            DestinationIPAddress = entry.Destination.Address.ToString(),
            DestinationPort = entry.Destination.Port,
            SourceIPAddress = entry.Source?.Address.ToString(),
            SourcePort = entry.Source?.Port,
        },
        entry.Imsi,
        options.Account.OperatorId,
        entry.Tls,
        Type = entry.Kind.ToString().ToUpperInvariant(),
    };

    private static long? Time(HttpRequest request, string name)
    {
        if (request.Parameter(name) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time)
            ? time
            : throw ApiErrorException.InvalidRequest($"{name} must be a time in milliseconds.");
    }
}
