using System.Globalization;

namespace NapterFtp.Copy;

/// <summary>What a command at many devices costs, as far as that is known before it begins.</summary>
internal sealed record FleetCost
{
    /// <summary>A port is opened and closed.</summary>
    private const int CallsOfPort = 2;

    public required int Devices { get; init; }

    /// <summary>Devices that Napter has not been used with in this calendar month (UTC), for which SORACOM may charge anew; null where
    /// SORACOM does not tell.</summary>
    public int? NotUsedThisMonth { get; init; }

    /// <summary>The API calls that it takes at the least.</summary>
    public required long ApiCalls { get; init; }

    /// <summary>How many calls may go in a minute; null where SORACOM does not tell.</summary>
    public double? CallsPerMinute { get; init; }

    /// <summary>What the API's pace makes of it.</summary>
    public TimeSpan? Takes => CallsPerMinute is > 0 and { } pace ? TimeSpan.FromMinutes(ApiCalls / pace) : null;

    /// <summary>Asks SORACOM, which opens no port.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="devices">The devices.</param>
    /// <param name="portsEach">The ports that each device takes at the least.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<FleetCost> EstimateAsync(
        NapterConnection connection, IReadOnlyCollection<DeviceTarget> devices, int portsEach, CancellationToken cancellationToken)
    {
        var unused = await CountUnusedAsync(connection, devices, cancellationToken);
        if (connection.PortCallsPerMinute is null)
        {
            try
            {
                // The answer to any call tells the limit.
                await connection.Api.ListAsync(devices.First(), cancellationToken);
            }
            catch (NapterFtpException)
            {
                // A user who may open ports need not be allowed to list them.
            }
        }

        return new FleetCost
        {
            Devices = devices.Count,
            NotUsedThisMonth = unused,
            ApiCalls = (long)devices.Count * portsEach * CallsOfPort,
            CallsPerMinute = connection.PortCallsPerMinute,
        };
    }

    /// <summary>For a person: <c>200 devices, 37 of them not used with Napter yet this month, for which SORACOM may charge; …</c></summary>
    public override string ToString()
    {
        var month = NotUsedThisMonth switch
        {
            null => "SORACOM does not tell how many of them were used with Napter this month",
            0 => "all used with Napter this month already",
            { } count => string.Create(CultureInfo.CurrentCulture, $"{count} of them not used with Napter yet this month, for which SORACOM may charge"),
        };
        var calls = string.Create(CultureInfo.CurrentCulture, $"at least {ApiCalls} API calls");
        return string.Create(CultureInfo.CurrentCulture, $"{Devices} devices, {month}; {calls}")
            + (Takes is { } time
                ? string.Create(CultureInfo.CurrentCulture, $", {Math.Max(1, Math.Ceiling(time.TotalMinutes))} minutes at {CallsPerMinute:0} calls a minute")
                : "");
    }

    private static async Task<int?> CountUnusedAsync(NapterConnection connection, IReadOnlyCollection<DeviceTarget> devices, CancellationToken cancellationToken)
    {
        var now = connection.Time.GetUtcNow();
        var month = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, TimeSpan.Zero);
        var wanted = devices.Select(device => device.ToString()).ToHashSet(StringComparer.Ordinal);
        try
        {
            await foreach (var sim in connection.Api.SearchSimsAsync(new Soracom.SimSearch(), cancellationToken))
            {
                if (sim.LastPortCreatedAt >= month)
                {
                    wanted.Remove(sim.SimId);
                    wanted.Remove(sim.Imsi ?? "");
                }

                if (wanted.Count == 0)
                {
                    break;
                }
            }

            return wanted.Count;
        }
        catch (NapterFtpException)
        {
            return null;
        }
    }
}
