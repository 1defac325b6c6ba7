using NapterFtp.Ftp;

namespace NapterFtp.Pulls;

/// <summary>What was learnt of devices' FTP servers, kept in the store: how far the times of a listing are from UTC, how folders are listed and
/// data ports asked for. The next run, on whatever computer, asks nothing of that again.</summary>
internal sealed class StoredTraits(PullStore store)
{
    private static readonly string Nothing = new LearnedTraits { Version = LearnedTraits.CurrentVersion }.ToJson();

    /// <summary>Takes for known what the store has of a device, where nothing has been learnt of it yet.</summary>
    /// <returns>What the store has; null where it has nothing.</returns>
    public async Task<string?> RecallAsync(DeviceKey device, DeviceTraits traits, CancellationToken cancellationToken)
    {
        var rows = await store.ReadAsync(
            session => session.QueryAsync($"select traits from napter_device where {DeviceColumns.AreThose}", DeviceColumns.Of(device), row => row.Text("traits"), cancellationToken),
            cancellationToken);
        if (rows is not [var kept])
        {
            return null;
        }

        if (LearnedTraits.Of(traits).ToJson() == Nothing)
        {
            try
            {
                LearnedTraits.Parse(StoredText.Read(kept)).ApplyTo(traits);
            }
            catch (NapterFtpException)
            {
                // Another version's, or damaged: the device is asked again, and what it says replaces this.
            }
        }

        return StoredText.Read(kept);
    }

    /// <summary>Keeps what is known of a device by now, where that is something else than the store has. After a failure the store forgets it:
    /// the device may be another by now, and the next try is to find that out.</summary>
    /// <param name="device">The device.</param>
    /// <param name="traits">What is known of it.</param>
    /// <param name="kept">What the store has.</param>
    /// <param name="failed">Whether the device failed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task KeepAsync(DeviceKey device, DeviceTraits traits, string? kept, bool failed, CancellationToken cancellationToken)
    {
        var known = LearnedTraits.Of(traits).ToJson();
        if (failed && kept is not null)
        {
            await store.WriteAsync(
                session => session.ExecuteAsync($"delete from napter_device where {DeviceColumns.AreThose}", DeviceColumns.Of(device), cancellationToken), cancellationToken);
        }
        else if (!failed && known != kept && known != Nothing)
        {
            await store.WriteAsync(
                session => session.ExecuteAsync(
                    """
                    insert into napter_device (sim, service, address, port, traits, changed) values (@sim, @service, @address, @port, @traits, @now)
                    on conflict (sim, service, address, port) do update set traits = excluded.traits, changed = excluded.changed
                    """,
                    [.. DeviceColumns.Of(device), ("traits", StoredText.Write(known)), ("now", store.Time.GetUtcNow())],
                    cancellationToken),
                cancellationToken);
        }
    }
}
