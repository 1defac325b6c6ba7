namespace NapterFtp.Pulls;

/// <summary>Which SIM each IMSI was of when a device was last named by it. A history knows a device by its SIM ID, for the active IMSI of a
/// SIM can change; users, and computers that cannot look a SIM up just now, may know the IMSI alone.</summary>
internal static class DeviceNumbers
{
    /// <summary>The SIM ID; null where it was never noted.</summary>
    public static async Task<string?> FindAsync(StoreSession session, string imsi, CancellationToken cancellationToken)
    {
        var rows = await session.QueryAsync("select sim from napter_sim where imsi = @imsi", [("imsi", imsi)], row => row.Text("sim"), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>All of them, the one noted last first.</summary>
    public static async Task<IReadOnlyList<(string Imsi, string SimId)>> ListAsync(StoreSession session, CancellationToken cancellationToken) =>
        await session.QueryAsync("select imsi, sim from napter_sim order by noted desc", [], row => (row.Text("imsi"), row.Text("sim")), cancellationToken);

    /// <summary>Notes one, and gives to the SIM what is known under the IMSI.</summary>
    public static async Task<int> NoteAsync(StoreSession session, string imsi, string simId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        IReadOnlyList<(string, object?)> numbers = [("imsi", imsi), ("sim", simId)];
        await session.ExecuteAsync(
            "insert into napter_sim (imsi, sim, noted) values (@imsi, @sim, @noted) on conflict (imsi) do update set sim = excluded.sim, noted = excluded.noted",
            [.. numbers, ("noted", now)],
            cancellationToken);
        await session.ExecuteAsync(
            """
            insert into napter_scope (sim, service, address, port, scope, noted)
            select @sim, service, address, port, scope, noted from napter_scope where sim = @imsi on conflict do nothing
            """,
            numbers,
            cancellationToken);
        await session.ExecuteAsync("delete from napter_scope where sim = @imsi", [("imsi", imsi)], cancellationToken);
        return await session.ExecuteAsync("update napter_file set sim = @sim where sim = @imsi", numbers, cancellationToken);
    }
}
