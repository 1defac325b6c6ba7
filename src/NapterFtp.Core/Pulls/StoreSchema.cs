using System.Data.Common;
using System.Globalization;

namespace NapterFtp.Pulls;

/// <summary>The store's tables. Each step brings a store from one version to the next and is never changed once released; a store that is newer
/// than this module is left alone.</summary>
internal static class StoreSchema
{
    /// <summary>The steps in order; <c>{id}</c> and <c>{time}</c> are filled in by <see cref="StoreDialect.Schema"/>. Times are UTC, durations and
    /// precisions are in units of 100 ns, lengths are in bytes.</summary>
    private static readonly IReadOnlyList<IReadOnlyList<string>> Steps =
    [
        [
            """
            create table napter_file (
                id {id},
                token text not null unique,
                sim text not null,
                service text not null,
                address text not null,
                port integer not null,
                path text not null,
                length bigint,
                modified {time},
                modified_unit bigint not null,
                outcome text not null,
                hash text,
                pull text,
                run bigint,
                computer text,
                computer_name text,
                owner text,
                process integer,
                process_started {time},
                partial text,
                destination text,
                attempts integer not null,
                bytes bigint not null,
                duration bigint not null,
                started {time} not null,
                ended {time},
                error text)
            """,
            "create index napter_file_version on napter_file (sim, service, address, port, path, length)",
            "create index napter_file_started on napter_file (started)",
            "create index napter_file_open on napter_file (sim, port) where outcome = 'Intended'",
            """
            create table napter_scope (
                sim text not null,
                service text not null,
                address text not null,
                port integer not null,
                scope text not null,
                noted {time} not null,
                primary key (sim, service, address, port, scope))
            """,
        ],
        [
            """
            create table napter_pull (
                key text primary key,
                name text not null,
                enabled integer not null,
                definition text not null,
                revision integer not null,
                created {time} not null,
                changed {time} not null,
                last_run {time})
            """,
        ],
        [
            """
            create table napter_run (
                id {id},
                pull_key text not null,
                pull text not null,
                scheduled {time} not null,
                started {time} not null,
                ended {time},
                definition text not null,
                computer_name text,
                unique (pull_key, scheduled))
            """,
            """
            create table napter_run_device (
                run bigint not null references napter_run (id) on delete cascade,
                sim text not null,
                service text not null,
                address text not null,
                port integer not null,
                state text not null,
                attempts integer not null,
                worker text,
                computer text,
                process integer,
                process_started {time},
                lease {time},
                started {time},
                ended {time},
                files bigint not null,
                bytes bigint not null,
                error text,
                primary key (run, sim, service, address, port))
            """,

            // Never two at once for one device, whatever else goes wrong.
            "create unique index napter_run_device_busy on napter_run_device (sim, service, address, port) where state = 'Running'",
        ],
        [
            // For services: which runs are theirs, what the devices are called, and who there is.
            "alter table napter_run add column state text not null default 'Running'",
            "alter table napter_run add column served integer not null default 0",
            "alter table napter_run add column reported integer not null default 0",
            "alter table napter_run add column error text",
            "create index napter_run_open on napter_run (pull_key) where ended is null",
            "alter table napter_run_device add column imsi text",
            "alter table napter_run_device add column sim_id text",
            "alter table napter_run_device add column name text",
            "alter table napter_run_device add column next_try {time}",
            "alter table napter_run_device add column computer_name text",
            "create index napter_run_device_worker on napter_run_device (worker) where state = 'Running'",
            "alter table napter_pull add column since {time}",
            """
            create table napter_member (
                id text primary key,
                name text not null,
                computer text not null,
                computer_name text not null,
                process integer not null,
                process_started {time} not null,
                started {time} not null,
                seen {time} not null,
                state text not null,
                throttle integer not null)
            """,
        ],
        [
            // A device that is named by its IMSI is known by its SIM ID.
            """
            create table napter_sim (
                imsi text primary key,
                sim text not null,
                noted {time} not null)
            """,
        ],
        [
            // What was learnt of a device's FTP server, as Test-NapterFtpDevice shows it.
            """
            create table napter_device (
                sim text not null,
                service text not null,
                address text not null,
                port integer not null,
                traits text not null,
                changed {time} not null,
                primary key (sim, service, address, port))
            """,
        ],
        [
            // Whether those who watch a service have been told that a run has ended; and the runs that a service looks for every few seconds.
            "alter table napter_run add column told integer not null default 0",
            "update napter_run set told = 1 where ended is not null",
            "create index napter_run_untold on napter_run (id) where told = 0",
        ],
        [
            // Until when a page about a run is being written; reported says that it is.
            "alter table napter_run add column report_lease {time}",
            "create index napter_run_unreported on napter_run (id) where reported = 0",
        ],
    ];

    /// <summary>The version that this module writes and reads.</summary>
    public static int Latest => Steps.Count;

    /// <summary>Brings a store up to date; two processes may try at once.</summary>
    /// <param name="connection">An open connection.</param>
    /// <param name="dialect">The database's.</param>
    /// <param name="address">What the store is called.</param>
    /// <param name="now">When.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="NapterFtpException"><c>StoreIsNewer</c>, <c>StoreIsForeign</c>: nothing was touched.</exception>
    public static async Task UpgradeAsync(
        DbConnection connection, StoreDialect dialect, StoreAddress address, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (await FindVersionAsync(connection, null, dialect, address, cancellationToken) == Latest)
        {
            return;
        }

        await dialect.AdoptAsync(connection, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(dialect.Isolation, cancellationToken);
        await dialect.LockSchemaAsync(connection, transaction, cancellationToken);
        var session = new StoreSession(connection, transaction, dialect);

        // Another process may have been quicker.
        var version = await FindVersionAsync(connection, transaction, dialect, address, cancellationToken);
        if (version == 0)
        {
            await session.ExecuteAsync(dialect.Schema("create table napter_schema (version integer primary key, made {time} not null)"), [], cancellationToken);
        }

        for (; version < Latest; version++)
        {
            foreach (var statement in Steps[version])
            {
                await session.ExecuteAsync(dialect.Schema(statement), [], cancellationToken);
            }

            await session.ExecuteAsync(
                "insert into napter_schema (version, made) values (@version, @made)", [("version", version + 1), ("made", now)], cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task<int> FindVersionAsync(
        DbConnection connection, DbTransaction? transaction, StoreDialect dialect, StoreAddress address, CancellationToken cancellationToken)
    {
        var session = new StoreSession(connection, transaction, dialect);
        (string, object?)[] ours = [("name", "napter_schema")];
        if (await session.CountAsync(dialect.CountTables, ours, cancellationToken) == 0)
        {
            return dialect.CountStrangers is { } strangers && await session.CountAsync(strangers, ours, cancellationToken) > 0
                ? throw new NapterFtpException(
                    "StoreIsForeign",
                    NapterFtpErrorKind.InvalidArgument,
                    $"The file '{address}' is a database of another program.",
                    "It was not touched. Name a file of its own with -Store.",
                    address.Name)
                : 0;
        }

        var version = (int)await session.CountAsync("select coalesce(max(version), 0) from napter_schema", [], cancellationToken);
        return version <= Latest
            ? version
            : throw new NapterFtpException(
                "StoreIsNewer",
                NapterFtpErrorKind.InvalidArgument,
                string.Create(CultureInfo.InvariantCulture, $"The store '{address}' was made by a newer NapterFtp: it has version {version}, this module knows {Latest}."),
                "It was not touched. Update the module on this computer.",
                address.Name);
    }
}
