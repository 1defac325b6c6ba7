namespace NapterFtp.Simulator.Api;

/// <summary>Finding SIMs.</summary>
internal sealed class SimCalls(SimulatorOptions options, SimDirectory sims)
{
    private const int DefaultLimit = 10;
    private const int MaximumLimit = 100;

    private static readonly Dictionary<string, Func<SimulatedSim, IEnumerable<string>>> Searchable = new()
    {
        ["name"] = sim => [sim.Name],
        ["sim_id"] = sim => [sim.SimId],
        ["imsi"] = sim => [sim.Imsi],
        ["iccid"] = sim => [sim.SimId],
        ["tag"] = sim => sim.Tags.Values,
        ["status"] = _ => ["active"],
        ["subscription"] = _ => ["plan-D"],
        ["module_type"] = _ => ["nano"],
        ["group"] = _ => [],
        ["group_id"] = sim => sim.GroupId is { } id ? [id] : [],
        ["msisdn"] = _ => [],
        ["serial_number"] = _ => [],
        ["bundles"] = _ => [],
    };

    public HttpAnswer Get(HttpRequest request) => HttpAnswer.Of(Describe(sims.BySimId(request.Segments[2])));

    public HttpAnswer Search(HttpRequest request)
    {
        var conditions = Conditions(request);
        var any = "or".Equals(request.Parameter("search_type"), StringComparison.OrdinalIgnoreCase);
        bool? online = request.Parameter("session_status") switch
        {
            null or "" or "NA" => null,
            "ONLINE" => true,
            "OFFLINE" => false,
            _ => throw ApiErrorException.InvalidRequest("session_status must be NA, ONLINE or OFFLINE."),
        };
        var found = sims.All.Where(sim => (online is null || sim.Online == online)
            && (conditions.Count == 0 || (any ? conditions.Any(holds => holds(sim)) : conditions.All(holds => holds(sim)))));
        return Paging.Page(
            request,
            found,
            sim => sim.SimId,
            (sim, key) => string.CompareOrdinal(sim.SimId, key) > 0,
            Describe,
            DefaultLimit,
            MaximumLimit);
    }

    /// <summary>One condition for each comma-separated value, which must have at least two characters.</summary>
    private static List<Predicate<SimulatedSim>> Conditions(HttpRequest request)
    {
        var conditions = new List<Predicate<SimulatedSim>>();
        foreach (var (name, values) in request.Query)
        {
            if (!Searchable.TryGetValue(name, out var valuesOf))
            {
                continue;
            }

            foreach (var wanted in values.Split(','))
            {
                if (wanted.Length < 2)
                {
                    throw ApiErrorException.InvalidRequest($"A search value of {name} must have at least 2 characters.");
                }

                conditions.Add(sim => valuesOf(sim).Any(value => value.Contains(wanted, StringComparison.OrdinalIgnoreCase)));
            }
        }

        return conditions;
    }

    /// <summary>The schema <c>Sim</c>, as far as a card with one subscription fills it.</summary>
    private object Describe(SimulatedSim sim)
    {
        var tags = new Dictionary<string, string>(sim.Tags) { ["name"] = sim.Name };
        var seen = (sim.LastSeen ?? options.TimeProvider.GetUtcNow()).ToUnixTimeMilliseconds();
        return new
        {
            ActiveProfileId = sim.SimId,
            options.Account.OperatorId,
            Profiles = new Dictionary<string, object>
            {
                [sim.SimId] = new
                {
                    Iccid = sim.SimId,
                    PrimaryImsi = sim.Imsi,
                    Subscribers = new Dictionary<string, object>
                    {
                        [sim.Imsi] = new { sim.Imsi, Status = "active", Subscription = "plan-D" },
                    },
                },
            },
            sim.GroupId,
            LastPortMappingCreatedTime = sim.LastPortCreatedAt?.ToUnixTimeMilliseconds(),
            ModuleType = sim.ArcOnly ? "virtual" : "nano",
            ArcSessionStatus = sim.ArcOnly && sim.Online ? new { LastUpdatedAt = seen, ArcClientPeerIpAddress = "10.128.0.5" } : null,
            SessionStatus = sim.ArcOnly ? null : sim.Online
                ? (object)new { sim.Imsi, LastUpdatedAt = seen, Online = true, Subscription = "plan-D", UeIpAddress = "10.128.0.5", Cell = sim.MobileCountry is { } mcc ? new { Mcc = mcc } : null }
                : new { LastUpdatedAt = seen, Online = false },
            sim.SimId,
            SpeedClass = "s1.standard",
            Status = "active",
            Tags = tags,
            TerminationEnabled = false,
            Type = sim.ArcOnly ? "virtual" : "uicc",
        };
    }
}
