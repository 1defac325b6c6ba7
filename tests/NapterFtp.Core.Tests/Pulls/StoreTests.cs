using System.Globalization;
using System.Net;
using Microsoft.Data.Sqlite;
using Npgsql;
using NapterFtp.Pulls;
using NapterFtp.Testing;
using static NapterFtp.Core.Tests.Pulls.HistoryBench;

namespace NapterFtp.Core.Tests.Pulls;

public sealed class StoreTests(Stores stores) : IDisposable
{
    private readonly ScratchFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("57P01", true)]
    [InlineData("57P05", true)]
    [InlineData("25P03", true)]
    [InlineData("42P01", false)]
    public void A_connection_that_the_server_ended_is_made_anew(string state, bool passes)
    {
        var dialect = new PostgresDialect(Stores.AddressOf("Host=db;Database=napter"));
        Assert.Equal(passes, dialect.IsPassing(new PostgresException("terminating connection", "FATAL", "FATAL", state)));
    }

    [Theory]
    [InlineData("Host=db;Database=napter;Password=secret1")]
    [InlineData("host=db;pwd=secret1")]
    [InlineData("Server=db; PASSWORD = secret1")]
    [InlineData("Data Source=x.db;Password=secret1")]
    [InlineData("Host=db;'odd;Password=secret1")]
    public void A_password_in_the_stores_name_is_refused_and_not_told(string store)
    {
        var error = Assert.Throws<NapterFtpException>(() => Parse(store));
        Assert.Equal("StorePasswordRefused", error.ErrorId);
        Assert.DoesNotContain("secret1", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("-StoreCredential", error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgres://me:secret1@db/napter", "StoreNotUnderstood")]
    [InlineData("Data Source=x.db", "StoreNotUnderstood")]
    public void An_address_of_another_form_is_refused_and_not_told(string store, string id)
    {
        var error = Assert.Throws<NapterFtpException>(() => Parse(store));
        Assert.Equal(id, error.ErrorId);
        Assert.DoesNotContain("secret1", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_is_a_file_unless_it_names_a_host()
    {
        Assert.Equal("/work/pulls.db", Parse("pulls.db").Path);
        Assert.Equal("/work/a=b.db", Parse("a=b.db").Path);
        Assert.Equal(Path.Combine("/state", "pulls.db"), Parse(null).Path);
        Assert.True(Parse(null).IsDefault);
        Assert.Equal(("PostgreSQL db/napter", null), (Parse("Host=db;Database=napter").Name, Parse("Host=db;Database=napter").Path));
        Assert.Equal("StoreNotNamed", Assert.Throws<NapterFtpException>(() => StoreAddress.Parse(null, null, null, path => path)).ErrorId);
        Assert.Equal("StoreLoginNotUsed", Assert.Throws<NapterFtpException>(() => StoreAddress.Parse("x.db", new NetworkCredential("a", "b"), null, path => path)).ErrorId);
    }

    [Theory]
    [InlineData(@"\\server\share\pulls.db", true)]
    [InlineData(@"\\?\UNC\server\share\pulls.db", true)]
    [InlineData(@"\\?\C:\pulls.db", false)]
    [InlineData("/home/me/pulls.db", false)]
    [InlineData("/mnt/nas/pulls.db", true)]
    [InlineData("/mnt/nas2/pulls.db", false)]
    [InlineData("/mnt/nas/disk/pulls.db", false)]
    [InlineData("/mnt/ssh/pulls.db", true)]
    [InlineData("/mnt/drive/pulls.db", true)]
    public void A_network_share_is_told_from_a_disk(string path, bool expected) => Assert.Equal(expected, NetworkShare.Holds(path, () =>
    [
        new("/", "ext4", false), new("/mnt/nas", "nfs4", false), new("/mnt/nas/disk", "xfs", false), new("/mnt/ssh", "fuse.sshfs", false), new("/mnt/drive", "odd", true),
    ]));

    [Fact]
    public async Task A_file_on_a_network_share_is_refused()
    {
        var error = await FailAsync(Parse(@"\\server\share\pulls.db"));
        Assert.Equal("StoreOnNetworkShare", error.ErrorId);
    }

    [Theory]
    [InlineData("This is my diary, and no database at all.")]
    [InlineData("SQLite format 3\0 and then nothing that a database has")]
    public async Task A_damaged_file_is_refused_and_left_as_it_is(string content)
    {
        var path = _folder.File("pulls.db");
        await File.WriteAllTextAsync(path, content + new string('x', 5_000), Token);
        var before = await File.ReadAllBytesAsync(path, Token);
        Assert.Equal("StoreDamaged", (await FailAsync(Stores.AddressOf(path))).ErrorId);
        Assert.Equal(before, await File.ReadAllBytesAsync(path, Token));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task Damage_that_comes_later_is_an_error_and_not_an_empty_history()
    {
        var path = _folder.File("pulls.db");
        await using (var store = await OpenAsync(Stores.AddressOf(path)))
        {
            using var history = Writer(store);
            await history.NoteFirstAsync(Station, "/*", [.. Enumerable.Range(0, 500).Select(number => Version($"/{number}"))], Token);
        }

        const int PageSize = 4096;
        var page = await AskAsync(path, "select rootpage from sqlite_schema where name = 'napter_file'");
        await using (var file = new FileStream(path, FileMode.Open))
        {
            file.Position = (page - 1) * PageSize;
            file.Write(new byte[PageSize]);
        }

        await using var damaged = await OpenAsync(Stores.AddressOf(path));
        using var reader = Writer(damaged);
        Assert.Equal("StoreDamaged", (await Assert.ThrowsAsync<NapterFtpException>(() => reader.FindAsync(Station, [Version("/7")], Token))).ErrorId);
    }

    [Fact]
    public async Task Another_programs_database_is_refused_and_left_as_it_is()
    {
        var path = _folder.File("photos.db");
        await ExecuteAsync(path, "create table photos (name text)");
        var before = await File.ReadAllBytesAsync(path, Token);
        Assert.Equal("StoreIsForeign", (await FailAsync(Stores.AddressOf(path))).ErrorId);
        Assert.Equal(before, await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task A_newer_store_in_a_file_is_refused_and_left_as_it_is()
    {
        var path = _folder.File("pulls.db");
        await ExecuteAsync(path, "create table napter_schema (version integer primary key, made integer); insert into napter_schema values (1, 0), (999, 0)");
        var before = await File.ReadAllBytesAsync(path, Token);
        var error = await FailAsync(Stores.AddressOf(path));
        Assert.Equal("StoreIsNewer", error.ErrorId);
        Assert.Contains("version 999", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(path, Token));
    }

    [Fact]
    public async Task A_newer_store_at_a_server_is_refused_and_left_as_it_is()
    {
        var server = await stores.ServerAsync();
        var text = await server.CreateDatabaseAsync();
        var database = text.Split("Database=")[1].Split(';')[0];
        await server.QueryAsync(database, "create table napter_schema (version integer primary key, made timestamptz); insert into napter_schema values (999, now())");
        Assert.Equal("StoreIsNewer", (await FailAsync(Stores.AddressOf(text))).ErrorId);
        Assert.Equal("napter_schema", await server.QueryAsync(database, "select string_agg(tablename, ',') from pg_tables where schemaname = 'public'"));
    }

    [Fact]
    public async Task Without_a_file_there_is_none_to_read()
    {
        var error = await Assert.ThrowsAsync<NapterFtpException>(
            () => PullStore.OpenAsync(new StoreOptions { Address = Stores.AddressOf(_folder.File("none.db")), Create = false }, Token));
        Assert.Equal("StoreNotFound", error.ErrorId);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task A_new_file_is_for_its_user_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has the rights of the folder.");
        var path = _folder.File("deep/folder/pulls.db");
        await (await OpenAsync(Stores.AddressOf(path))).DisposeAsync();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        }
    }

    [Fact]
    public async Task A_file_that_cannot_be_made_or_opened_is_an_error()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "", Token);
        Assert.Equal("StoreReadOnly", (await FailAsync(Stores.AddressOf(_folder.File("file/pulls.db")))).ErrorId);
    }

    [Fact]
    public async Task A_file_in_a_folder_that_may_not_be_entered_is_not_taken_for_none()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Windows has lists of rights in place of modes, and root enters every folder.");
        var folder = _folder.Folder("closed");
        var address = Stores.AddressOf(Path.Join(folder, "pulls.db"));
        await (await OpenAsync(address)).DisposeAsync();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder, UnixFileMode.None);
            var open = () => PullStore.OpenAsync(new StoreOptions { Address = address, Create = false }, Token);
            Assert.Equal("StoreAccessDenied", (await Assert.ThrowsAsync<NapterFtpException>(open)).ErrorId);
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Opening a file needs room beside it, of which SQLite says no more than that input or output failed.</summary>
    [Theory]
    [InlineData(13, 13, "StoreFull")]
    [InlineData(10, 4874, "StoreFull")]
    [InlineData(10, 266, "StoreFailed")]
    public void A_file_without_room_is_an_error_that_says_so(int code, int extendedCode, string errorId)
    {
        var dialect = StoreDialect.For(Stores.AddressOf(_folder.File("pulls.db")));
        Assert.Equal(errorId, dialect.Explain(new SqliteException("disk I/O error", code, extendedCode)).ErrorId);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_an_error_soon()
    {
        var error = await FailAsync(Stores.AddressOf($"Host=127.0.0.1;Port={FreePorts.One()};Database=napter"));
        Assert.Equal(("StoreUnreachable", NapterFtpErrorKind.Connection), (error.ErrorId, error.Kind));
    }

    [Fact]
    public async Task A_wrong_login_is_an_error_without_the_password()
    {
        var server = await stores.ServerAsync();
        var address = StoreAddress.Parse(await server.CreateDatabaseAsync(), new NetworkCredential(Postgres.User, "not the password"), null, path => path);
        var error = await FailAsync(address);
        Assert.Equal("StoreSignInFailed", error.ErrorId);
        Assert.DoesNotContain("not the password", error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("not the password", address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_an_error()
    {
        var server = await stores.ServerAsync();
        Assert.Equal("StoreNotFound", (await FailAsync(Stores.AddressOf(server.StoreOf("nothing")))).ErrorId);
    }

    [Fact]
    public async Task A_name_that_the_server_does_not_understand_is_an_error()
    {
        Assert.Equal("StoreNotUnderstood", (await FailAsync(Stores.AddressOf("Host=127.0.0.1;Colour=blue"))).ErrorId);
    }

    [Fact]
    public async Task A_server_that_may_only_be_read_is_an_error_before_a_file_takes_its_name()
    {
        var server = await stores.ServerAsync();
        var text = await server.CreateDatabaseAsync();
        await using (var store = await OpenAsync(Stores.AddressOf(text)))
        {
        }

        await server.QueryAsync("postgres", $"alter database {text.Split("Database=")[1].Split(';')[0]} set default_transaction_read_only = on");
        await using var readOnly = await OpenAsync(Stores.AddressOf(text));
        using var history = Writer(readOnly);
        Assert.Empty(await history.FindAsync(Station, [Version("/a")], Token));
        Assert.Equal("StoreReadOnly", (await Assert.ThrowsAsync<NapterFtpException>(() => history.NoteFirstAsync(Station, "/*", [], Token))).ErrorId);
    }

    [Fact]
    public async Task A_server_that_starts_again_meanwhile_is_waited_for()
    {
        if (await Postgres.FindObstacleAsync() is { } obstacle)
        {
            Assert.Skip(obstacle);
        }

        await using var server = await Postgres.StartAsync();
        await using var store = await OpenAsync(Stores.AddressOf(await server.CreateDatabaseAsync()));
        using var history = Writer(store);
        await history.NoteFirstAsync(Station, "first", [Version("/a")], Token);
        await server.KillAsync();
        var second = history.NoteFirstAsync(Station, "second", [Version("/b")], Token);
        await server.RestartAsync();
        Assert.True(await second);
        Assert.Equal(2, (await history.FindAsync(Station, [Version("/a"), Version("/b")], Token)).Count);
    }

    [Theory]
    [MemberData(nameof(Stores.Kinds), MemberType = typeof(Stores))]
    public async Task Many_that_open_an_empty_store_at_once_make_its_tables_once(string kind)
    {
        var address = await stores.NewAsync(kind);
        var opened = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => OpenAsync(address))));
        foreach (var store in opened)
        {
            Assert.Equal(1, await store.ReadAsync(session => session.CountAsync("select count(*) from napter_schema where version = 1", [], Token), Token));
            await store.DisposeAsync();
        }
    }

    private static StoreAddress Parse(string? store) => StoreAddress.Parse(store, null, "/state", path => path.StartsWith('\\') ? path : $"/work/{path}");

    private static Task<PullStore> OpenAsync(StoreAddress address) => PullStore.OpenAsync(new StoreOptions { Address = address }, Token);

    private static async Task<NapterFtpException> FailAsync(StoreAddress address)
    {
        var error = await Assert.ThrowsAsync<NapterFtpException>(() => OpenAsync(address));
        Assert.NotNull(error.Advice);
        return error;
    }

    private static Task<long> ExecuteAsync(string path, string statements) => AskAsync(path, statements);

    private static async Task<long> AskAsync(string path, string statements)
    {
        await using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        await connection.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = statements;
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token), CultureInfo.InvariantCulture);
    }

    private PullHistory Writer(PullStore store) => new(store, new HistoryOwnerOptions { Folder = _folder.File("owners") }, PullOrigin.ByHand);
}
