using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace NapterFtp.Soracom;

/// <summary>SORACOM's API, as far as this product uses it. Thread-safe.</summary>
internal sealed partial class SoracomClient(ApiChannel channel, SoracomSession session, TimeProvider time, ILogger logger) : IPortMappingApi, ISimSource
{
    private const int PortMappingsPage = 100;
    private const int SimsPage = 100;
    private const int AuditLogPage = 1_000;

    /// <summary>Told of each SIM that is read; null for nobody.</summary>
    public Action<NapterSim>? Found { get; init; }

    /// <summary>Whose default rendezvous point entries have.</summary>
    public SoracomCoverage Coverage { get; init; }

    /// <summary>Reads <see cref="ClockAhead"/>.</summary>
    public Func<TimeSpan?> Clock { get; init; } = () => null;

    /// <inheritdoc/>
    public TimeSpan? ClockAhead => Clock();

    /// <inheritdoc/>
    public async Task<PortMapping> CreateAsync(PortMappingRequest request, CancellationToken cancellationToken)
    {
        var device = request.Device;
        var bySim = device.SimId is not null;
        var call = new ApiCall(
            "PortMapping",
            bySim ? "createPortMappingForSim" : "createPortMapping",
            HttpMethod.Post,
            bySim ? $"/port_mappings/sims/{device.SimId}" : "/port_mappings")
        {
            Purpose = string.Create(CultureInfo.InvariantCulture, $"open a way to port {request.DevicePort} of device {device}"),
            Target = device,
            Repeatable = false,
            Limit = request.Limit,
            Order = request.Begins ? ApiOrder.Begins : ApiOrder.Goes,
            Body = writer => PortMappingWriter.Write(writer, request),
        };
        var asked = time.GetUtcNow();
        var mapping = await channel.SendAsync(call, session, answer => answer.Read(entry => ReadPortMapping(entry, request.DevicePort)), cancellationToken);
        return mapping.ExpiresAt is null ? mapping with { ExpiresAt = (mapping.CreatedAt ?? asked) + request.Duration } : mapping;
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(IPEndPoint endPoint, Deadline? limit, CancellationToken cancellationToken)
    {
        var call = new ApiCall(
            "PortMapping",
            "deletePortMapping",
            HttpMethod.Delete,
            string.Create(CultureInfo.InvariantCulture, $"/port_mappings/{Uri.EscapeDataString(endPoint.Address.ToString())}/{endPoint.Port}"))
        {
            Purpose = $"close {endPoint}",
            Target = endPoint,
            MayFindNothing = true,
            Order = ApiOrder.Closes,
            Limit = limit,
        };
        return await channel.SendAsync(call, session, answer => !answer.FoundNothing, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PortMapping>> ListAsync(DeviceTarget? device, CancellationToken cancellationToken)
    {
        var (operation, path) = device switch
        {
            null => ("listPortMappings", $"/port_mappings?limit={PortMappingsPage}"),
            { SimId: { } simId } => ("listPortMappingsForSim", $"/port_mappings/sims/{simId}"),
            _ => ("listPortMappingsForSubscriber", $"/port_mappings/subscribers/{device.Imsi}"),
        };
        var call = new ApiCall("PortMapping", operation, HttpMethod.Get, path)
        {
            Purpose = device is null ? "list the open ports" : $"list the open ports of device {device}",
            Target = device,
            MayFindNothing = device is not null,
        };
        var list = new List<PortMapping>();
        await foreach (var page in PagesAsync(call, entry => ReadPortMapping(entry), cancellationToken))
        {
            list.AddRange(page);
        }

        return list;
    }

    /// <summary><c>GET /query/sims</c>, page by page as the caller goes on.</summary>
    public async IAsyncEnumerable<NapterSim> SearchSimsAsync(SimSearch search, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var path = $"/query/sims?limit={SimsPage}"
            + Parameter("name", Searchable(search.Name))
            + Parameter("tag", Searchable(search.Tag))
            + Parameter("imsi", Searchable(search.Imsi))
            + Parameter("group_id", Searchable(search.GroupId))
            + Parameter("session_status", search.Online switch { true => "ONLINE", false => "OFFLINE", null => null });
        var call = new ApiCall("Query", "searchSims", HttpMethod.Get, path) { Purpose = "look for SIMs" };
        await foreach (var page in PagesAsync(call, ModelReader.Sim, cancellationToken))
        {
            foreach (var sim in page)
            {
                Found?.Invoke(sim);
                yield return sim;
            }
        }
    }

    /// <summary><c>GET /sims/{sim_id}</c>; null where the account has no such SIM.</summary>
    public async Task<NapterSim?> GetSimAsync(string simId, CancellationToken cancellationToken)
    {
        var call = new ApiCall("Sim", "getSim", HttpMethod.Get, $"/sims/{Uri.EscapeDataString(simId)}")
        {
            Purpose = $"look up SIM {simId}",
            Target = simId,
            MayFindNothing = true,
        };
        return await channel.SendAsync(
            call, session, answer => answer.FoundNothing ? null : answer.Read(ModelReader.Sim), cancellationToken);
    }

    /// <summary>The SIM of a device; null where the account has none such.</summary>
    public async Task<NapterSim?> FindSimAsync(DeviceTarget device, CancellationToken cancellationToken)
    {
        if (device.SimId is { } simId)
        {
            return await GetSimAsync(simId, cancellationToken);
        }

        await foreach (var sim in SearchSimsAsync(new SimSearch { Imsi = device.Imsi }, cancellationToken))
        {
            if (sim.Imsi == device.Imsi)
            {
                return sim;
            }
        }

        return null;
    }

    /// <summary><c>GET /audit_logs/napter</c>, page by page as the caller goes on, in SORACOM's order.</summary>
    public async IAsyncEnumerable<NapterAuditLogEntry> GetAuditLogAsync(
        AuditLogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var left = query.First ?? int.MaxValue;
        var path = string.Create(CultureInfo.InvariantCulture, $"/audit_logs/napter?limit={Math.Clamp(left, 1, AuditLogPage)}")
            + (query.Imsi is null ? "" : Parameter("resource_type", "Subscriber"))
            + Parameter("resource_id", query.Imsi)
            + Parameter("from", Milliseconds(query.After))
            + Parameter("to", Milliseconds(query.Before));
        var call = new ApiCall("AuditLog", "getNapterAuditLogs", HttpMethod.Get, path)
        {
            Purpose = "read Napter's audit log",
            Target = query.Imsi,
        };
        await foreach (var page in PagesAsync(call, ModelReader.AuditLogEntry, cancellationToken))
        {
            foreach (var entry in page)
            {
                if (left-- <= 0)
                {
                    yield break;
                }

                yield return entry;
            }

            if (left <= 0)
            {
                yield break;
            }
        }
    }

    /// <summary>Reads a list's pages. The next page's key comes in a header; a key seen before would never end, so it is an error.</summary>
    private async IAsyncEnumerable<IReadOnlyList<T>> PagesAsync<T>(
        ApiCall first, Func<JsonElement, T?> read, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var call = first; ;)
        {
            var (page, unread, nextKey, status) = await channel.SendAsync(
                call,
                session,
                answer =>
                {
                    var models = answer.FoundNothing ? [] : answer.ReadList(read);
                    return (models.OfType<T>().ToArray(), models.Count(model => model is null), answer.NextKey, answer.Status);
                },
                cancellationToken);
            if (unread > 0)
            {
                logger.LogWarning("{Operation} gave {Count} elements that cannot be understood; they are left out.", call.Operation, unread);
            }

            yield return page;
            if (nextKey is not { } key)
            {
                yield break;
            }

            if (!seen.Add(key))
            {
                throw ApiErrors.Unreadable(call, status, null);
            }

            var separator = first.Path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
            call = first with { Path = $"{first.Path}{separator}last_evaluated_key={Uri.EscapeDataString(key)}" };
        }
    }

    private PortMapping? ReadPortMapping(JsonElement entry, int? asked = null) => ModelReader.PortMapping(entry, asked) is { } mapping
        ? mapping with { Placement = RendezvousPoint.NameOf(mapping.Placement, Coverage) }
        : null;

    /// <summary>SORACOM looks for two characters or more, and takes a comma for the end of a value.</summary>
    private static string? Searchable(string? value) => value is { Length: >= 2 } && !value.Contains(',', StringComparison.Ordinal) ? value : null;

    private static string Parameter(string name, string? value) =>
        value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static string? Milliseconds(DateTimeOffset? time) => time?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}

/// <summary>SORACOM's calls about on-demand remote access entries. Every method signs in again by itself when the token has
/// ended, waits its turn under the rate limit, and throws <see cref="SoracomApiException"/>.</summary>
internal interface IPortMappingApi
{
    /// <summary>How far SORACOM's clock is ahead of ours, by what its answers have told so far; null where they have not.</summary>
    TimeSpan? ClockAhead { get; }

    /// <summary><c>POST /port_mappings</c> or <c>POST /port_mappings/sims/{sim_id}</c>. Not repeated by itself once the
    /// request may have reached SORACOM: <see cref="SoracomApiException.MayHaveTakenEffect"/> tells the caller to look. Cancelled
    /// by the caller, it may have taken effect as well.</summary>
    Task<PortMapping> CreateAsync(PortMappingRequest request, CancellationToken cancellationToken);

    /// <summary><c>DELETE /port_mappings/{ip}/{port}</c>; false where SORACOM knows no such entry (404).</summary>
    /// <param name="endPoint">The entry's.</param>
    /// <param name="limit">The caller's wait; null for the default.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<bool> DeleteAsync(IPEndPoint endPoint, Deadline? limit, CancellationToken cancellationToken);

    /// <summary>All entries of the account (<c>GET /port_mappings</c>, every page), or those of one device
    /// (<c>GET /port_mappings/subscribers/{imsi}</c>, <c>GET /port_mappings/sims/{sim_id}</c>; 404 is an empty list).</summary>
    Task<IReadOnlyList<PortMapping>> ListAsync(DeviceTarget? device, CancellationToken cancellationToken);
}

/// <summary>Shorter forms of the calls.</summary>
internal static class PortMappingApi
{
    /// <summary>As <see cref="IPortMappingApi.DeleteAsync"/>, with the default wait.</summary>
    public static Task<bool> DeleteAsync(this IPortMappingApi api, IPEndPoint endPoint, CancellationToken cancellationToken) =>
        api.DeleteAsync(endPoint, limit: null, cancellationToken);
}

/// <summary>SORACOM's calls about the account's SIMs.</summary>
internal interface ISimSource
{
    /// <inheritdoc cref="SoracomClient.SearchSimsAsync"/>
    IAsyncEnumerable<NapterSim> SearchSimsAsync(SimSearch search, CancellationToken cancellationToken);

    /// <inheritdoc cref="SoracomClient.FindSimAsync"/>
    Task<NapterSim?> FindSimAsync(DeviceTarget device, CancellationToken cancellationToken);
}

/// <summary>What <c>GET /query/sims</c> looks for; all that is given must match. SORACOM matches parts of a value without regard to
/// case. A value that it cannot look for (one character, or with a comma) is left out, so the caller sees to the exact match.</summary>
internal sealed record SimSearch
{
    /// <summary>Part of the name.</summary>
    public string? Name { get; init; }

    /// <summary>Part of a tag's value.</summary>
    public string? Tag { get; init; }

    /// <summary>Part of the IMSI.</summary>
    public string? Imsi { get; init; }

    /// <summary>The ID of the group.</summary>
    public string? GroupId { get; init; }

    /// <summary>Only SIMs online (true) or offline (false).</summary>
    public bool? Online { get; init; }
}

/// <summary>Which lines of the audit log <c>GET /audit_logs/napter</c> gives.</summary>
internal sealed record AuditLogQuery
{
    /// <summary>One device's lines; null for all.</summary>
    public string? Imsi { get; init; }

    public DateTimeOffset? After { get; init; }

    public DateTimeOffset? Before { get; init; }

    /// <summary>How many lines at most; null for all.</summary>
    public int? First { get; init; }
}
