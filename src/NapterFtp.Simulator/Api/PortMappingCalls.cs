using System.Globalization;
using NapterFtp.Simulator.Gateway;

namespace NapterFtp.Simulator.Api;

/// <summary>Making, listing and deleting entries.</summary>
internal sealed class PortMappingCalls(SimulatorOptions options, SimDirectory sims, NapterGateway gateway, SimulatorCounters counters)
{
    public HttpAnswer Create(HttpRequest request)
    {
        var body = ApiBody.Parse(request);
        var destination = body.Object("destination") ?? throw ApiErrorException.InvalidRequest("destination is required.");
        return destination.Text("simId") is { } simId
            ? CreateForSim(body, destination, simId)
            : Create(body, destination, sims.ByImsi(destination.Text("imsi") ?? throw ApiErrorException.InvalidRequest(
                "destination needs imsi or simId.")), EntryRequest.ByImsi);
    }

    public HttpAnswer CreateForSim(HttpRequest request)
    {
        var body = ApiBody.Parse(request);
        var destination = body.Object("destination") ?? throw ApiErrorException.InvalidRequest("destination is required.");
        return CreateForSim(body, destination, request.Segments[3]);
    }

    public HttpAnswer Delete(HttpRequest request)
    {
        if (!int.TryParse(request.Segments[3], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || !gateway.TryDelete(request.Segments[2], port))
        {
            throw ApiErrorException.NoSuchEntry();
        }

        counters.EntryDeleted();
        return new HttpAnswer(204);
    }

    public HttpAnswer List(HttpRequest request, EntryView view) => Paging.Page(
        request,
        gateway.Entries(view),
        entry => entry.Id.ToString(CultureInfo.InvariantCulture),
        (entry, key) => Paging.IsGreater(entry.Id, key),
        Describe,
        options.PageSize,
        int.MaxValue - 1);

    public HttpAnswer ListForSubscriber(HttpRequest request, EntryView view) => AllOf(
        view,
        entry => entry.Request.Strategy == EntryRequest.ByImsi && entry.Request.Sim.Imsi == request.Segments[3]);

    public HttpAnswer ListForSim(HttpRequest request, EntryView view) => AllOf(
        view,
        entry => entry.Request.Strategy != EntryRequest.ByImsi && entry.Request.Sim.SimId == request.Segments[3]);

    private HttpAnswer AllOf(EntryView view, Func<GatewayEntry, bool> isWanted)
    {
        var entries = gateway.Entries(view).Where(isWanted).Select(Describe).ToArray();
        return entries.Length > 0 ? HttpAnswer.Of(entries) : throw ApiErrorException.NoEntries();
    }

    private HttpAnswer CreateForSim(ApiBody body, ApiBody destination, string simId) =>
        Create(body, destination, sims.BySimId(simId), destination.Text("service") switch
        {
            "air" => EntryRequest.ForAir,
            "arc" => "ARC_PRIORITIZED",
            null => "DYNAMIC",
            _ => throw ApiErrorException.InvalidRequest("service must be air or arc."),
        });

    private HttpAnswer Create(ApiBody body, ApiBody destination, SimulatedSim sim, string strategy)
    {
        var request = new EntryRequest(
            sim,
            destination.Integer("port") is { } port and >= 1 and <= 65535
                ? port
                : throw ApiErrorException.InvalidRequest("destination.port must be 1 to 65535."),
            Duration(body),
            Ranges(body.Object("source")),
            body.Flag("tlsRequired") ?? false,
            strategy);
        if (sim.ArcOnly && strategy == EntryRequest.ForAir)
        {
            throw ApiErrorException.Offline(sim.SimId);
        }

        if (!sim.Online && options.DeviceOffline == OfflineBehaviour.CreateFails)
        {
            throw ApiErrorException.Offline(sim.SimId);
        }

        if (options.MaximumEntriesPerSim > 0
            && gateway.LiveEntries.Count(entry => entry.Request.Sim == sim) >= options.MaximumEntriesPerSim)
        {
            throw ApiErrorException.TooManyEntries(sim.SimId);
        }

        var entry = gateway.Open(request);
        sim.LastPortCreatedAt = entry.CreatedAt;
        counters.EntryCreated();
        return HttpAnswer.Of(Describe(entry), 201);
    }

    private TimeSpan Duration(ApiBody body)
    {
        var duration = body.Integer("duration") is { } seconds ? TimeSpan.FromSeconds(seconds) : options.DefaultDuration;
        return duration >= options.MinimumDuration && duration <= options.MaximumDuration
            ? duration
            : throw ApiErrorException.InvalidRequest(string.Create(
                CultureInfo.InvariantCulture,
                $"duration must be {options.MinimumDuration.TotalSeconds} to {options.MaximumDuration.TotalSeconds} seconds."));
    }

    private IReadOnlyList<string> Ranges(ApiBody? source)
    {
        var ranges = source?.Texts("ipRanges");
        if (ranges is null or [])
        {
            return options.DefaultSourceRanges;
        }

        return ranges.All(AddressRange.IsValid) ? ranges : throw ApiErrorException.InvalidRequest("source.ipRanges must be CIDR ranges.");
    }

    /// <summary>The schema <c>PortMapping</c>: times in epoch milliseconds, the duration in seconds.</summary>
    private object Describe(GatewayEntry entry)
    {
        var request = entry.Request;
        var imsi = request.Strategy == EntryRequest.ByImsi ? request.Sim.Imsi : null;
        var simId = imsi is null ? request.Sim.SimId : null;
        return new
        {
            CreatedTime = entry.CreatedAt.ToUnixTimeMilliseconds(),
            Destination = new { DestinationChoosingStrategy = request.Strategy, Imsi = imsi, Port = request.DevicePort, SimId = simId },
            Duration = (long)request.Duration.TotalSeconds,
            Endpoint = entry.EndPoint.ToString(),
            Expired = false,
            ExpiredTime = entry.ExpiresAt.ToUnixTimeMilliseconds(),
            Hostname = NapterGateway.HostName,
            Imsi = imsi,
            IpAddress = entry.EndPoint.Address.ToString(),
            options.Account.OperatorId,
            options.Placement,
            entry.EndPoint.Port,
            SimId = simId,
            Source = new { IpRanges = request.SourceRanges },
            TlsRequired = request.Tls,
        };
    }
}
