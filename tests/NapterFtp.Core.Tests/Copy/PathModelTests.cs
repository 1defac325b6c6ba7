using NapterFtp.Copy;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>Devices that take paths in ways of their own: found out once, asked no more.</summary>
public sealed class PathModelTests
{
    [Theory]
    [InlineData("md:", '/')]
    [InlineData("A:\\", '\\')]
    [InlineData("DISK0", '/')]
    public async Task A_home_that_is_no_path_is_the_root_for_every_command(string home, char separator)
    {
        var server = new OddServer { Home = home, Separator = separator, Resolve = (folder, argument) => argument.Contains('/', StringComparison.Ordinal) ? null : Joined(folder, argument, separator) };
        server.Reply = (verb, argument) => verb == "CWD" && argument.StartsWith('/') ? "550 Illegal path." : null;
        server.With(Joined(home, "a.txt", separator), Joined(home, "LOG", separator) + separator + "b.txt");
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull("/"));
        Assert.Equal(["LOG/b.txt", "a.txt"], bench.LocalFiles());
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["/LOG", "/LOG/b.txt", "/a.txt"], (await bench.FindAsync(".", recurse: true)).Select(entry => entry.FullName).Order(StringComparer.Ordinal));

        bench.WriteLocal("LOG/new.txt", "new");
        await bench.CopyAsync(bench.MirrorToDevice());
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.Contains(Joined(home, "LOG", separator) + separator + "new.txt", server.Files.Keys);

        await using var keeper = new SessionKeeper(bench.Client, RetryPolicy.None);
        var session = await keeper.GetAsync(TestContext.Current.CancellationToken);
        await RemoteFiles.RenameAsync(session, "/a.txt", "/c.txt", TestContext.Current.CancellationToken);
        await session.DemandAsync("DELE", "/LOG/b.txt", TestContext.Current.CancellationToken);
        Assert.Contains(Joined(home, "c.txt", separator), server.Files.Keys);
        Assert.DoesNotContain(Joined(home, "LOG", separator) + separator + "b.txt", server.Files.Keys);
        Assert.Equal(1, server.Verbs.Count(verb => verb == "PWD"));
    }

    [Fact]
    public async Task A_home_with_backslashes_is_found_below_the_root()
    {
        var server = new OddServer { Home = "\\Storage Card\\", Separator = '\\' };
        server.Resolve = (folder, argument) => argument.Contains('/', StringComparison.Ordinal) ? null : server.Join(folder, argument);
        server.Reply = (verb, argument) => verb == "CWD" && argument.StartsWith('/') ? "550 Illegal path." : null;
        server.With("\\Storage Card\\a.txt", "\\Flash\\b.txt");
        await using var bench = new OddBench(server);

        Assert.Equal(["/Storage Card/a.txt"], (await bench.FindAsync("*")).Select(entry => entry.FullName));
        await bench.CopyAsync(bench.Pull("/"));
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["Flash/b.txt", "Storage Card/a.txt"], bench.LocalFiles());
    }

    [Fact]
    public async Task A_device_that_takes_bare_names_only_is_asked_by_path_once()
    {
        var server = new OddServer { Resolve = (folder, argument) => argument.Contains('/', StringComparison.Ordinal) ? null : folder.TrimEnd('/') + "/" + argument };
        server.With("/log/a.txt", "/log/b.txt", "/log/deep/c.txt", "/d.txt");
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull("/"));

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["d.txt", "log/a.txt", "log/b.txt", "log/deep/c.txt"], bench.LocalFiles());

        // The second contact asks nothing again.
        server.Forget();
        await bench.CopyAsync(bench.Pull("/") with { IfExists = NapterFtpIfExists.Overwrite });
        Assert.Equal(4, bench.Log.Count(NapterFtpTransferStatus.Copied));
        Assert.DoesNotContain(server.Received, line => line.Contains('/', StringComparison.Ordinal) && !line.StartsWith("CWD", StringComparison.Ordinal));
        Assert.DoesNotContain("PWD", server.Verbs);

        bench.WriteLocal("log/new.txt", "new");
        await bench.CopyAsync(bench.MirrorToDevice());
        Assert.Empty(bench.Log.Errors);
        Assert.Contains("/log/new.txt", server.Files.Keys);
    }

    [Fact]
    public async Task A_device_that_takes_only_absolute_paths_is_never_asked_otherwise()
    {
        var server = new OddServer { Home = "/mnt/sd/", Resolve = (_, argument) => argument.StartsWith('/') ? argument : null };
        server.With("/mnt/sd/a.txt", "/mnt/sd/log/b.txt");
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull("."));

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["sd/a.txt", "sd/log/b.txt"], bench.LocalFiles());
        Assert.All(server.Received.Where(line => line.StartsWith("RETR", StringComparison.Ordinal)), line => Assert.StartsWith("RETR /mnt/sd/", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_no_listing_is_permitted_a_known_name_is_fetched(bool offersSize)
    {
        var server = new OddServer().With("/log/a.txt");
        server.Reply = (verb, _) => verb is "LIST" or "NLST" or "STAT" ? "550 Permission denied." : null;
        if (!offersSize)
        {
            server.Unknown.UnionWith(["SIZE", "MDTM"]);
        }

        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull("/log/a.txt") with { Recurse = false });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a.txt"], bench.LocalFiles());

        await bench.CopyAsync(bench.Pull("/log/none.txt") with { Recurse = false });
        Assert.Single(bench.Log.Errors);
        Assert.Equal(["a.txt"], bench.LocalFiles());
    }

    [Fact]
    public async Task Drives_in_a_listing_are_entered_as_the_device_wants()
    {
        // The drives are entered by name, not below the root, as on a controller whose root is no folder of its own.
        var server = new OddServer();
        server.Resolve = (folder, argument) => argument.Contains('/', StringComparison.Ordinal) ? null : server.Join(folder, argument);
        server.With("C:log/a.txt", "C:b.txt", "UD1:c.txt");
        server.Lines = (verb, folder) => folder == "/" ? ["drwxrwxrwx 1 0 0 0 Jan  2  2024 C:\\", "drwxrwxrwx 1 0 0 0 Jan  2  2024 UD1:"] : null;
        server.Reply = (verb, argument) => verb == "CWD" && argument.StartsWith('/') && argument.Length > 1 ? "550 No such folder." : null;
        await using var bench = new OddBench(server);

        Assert.Equal(["/C:", "/C:/b.txt", "/C:/log", "/C:/log/a.txt", "/UD1:", "/UD1:/c.txt"], (await bench.FindAsync("/", recurse: true)).Select(entry => entry.FullName).Order(StringComparer.Ordinal));
        await bench.CopyAsync(bench.Pull("/C:/*"));
        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["b.txt", "log/a.txt"], bench.LocalFiles());
        await bench.CopyAsync(bench.Pull("C:\\log\\*"));
        Assert.Empty(bench.Log.Errors);
    }

    [Fact]
    public async Task A_controller_whose_folders_end_with_a_slash_and_whose_LIST_ignores_its_argument_is_listed()
    {
        var server = new OddServer().With("/log/a.txt", "/log/deep/b.txt");
        server.Reply = (verb, argument) => verb == "CWD" && !argument.EndsWith('/') ? "550 No such folder." : null;
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull("/"));

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["log/a.txt", "log/deep/b.txt"], bench.LocalFiles());
    }

    [Fact]
    public async Task A_device_that_lets_nobody_write_by_an_absolute_path_is_written_to_by_name()
    {
        var server = new OddServer().With("/share/old.txt");
        server.Reply = (verb, argument) => verb == "STOR" && argument.StartsWith('/') ? "550 Permission denied." : null;
        await using var bench = new OddBench(server);
        bench.WriteLocal("new.txt", "new");

        await bench.CopyAsync(bench.Push("/share"));

        Assert.Empty(bench.Log.Errors);
        Assert.Contains("/share/new.txt", server.Files.Keys);
    }

    [Theory]
    [InlineData("257 /flash", "/flash/a.txt")]
    [InlineData("257 \"\" is the current directory.", "/a.txt")]
    [InlineData("257 \"/a \"\"b\"\"\" is the current directory.", "/a \"b\"/a.txt")]
    [InlineData("502 Not implemented.", "/a.txt")]
    public async Task The_home_is_read_from_whatever_PWD_answers(string reply, string expected)
    {
        await using var bench = new OddBench(new OddServer().With(expected));
        bench.Server.Reply = (verb, _) => verb == "PWD" ? reply : null;

        Assert.Equal([expected], (await bench.FindAsync("a.txt")).Select(entry => entry.FullName));
    }

    [Fact]
    public async Task Relative_paths_start_from_the_home_also_after_folders_were_entered()
    {
        await using var bench = new OddBench(new OddServer { Home = "/home" }.With("/home/a.txt", "/log/b.txt"));
        await using var keeper = new SessionKeeper(bench.Client, RetryPolicy.None);

        async Task<List<string>> FindAsync(string path)
        {
            var found = new List<string>();
            await foreach (var (entry, _) in new ItemFinder(keeper, bench.Log.Failed).FindAsync(new RemoteQuery { Path = path }, TestContext.Current.CancellationToken))
            {
                found.Add(entry.FullName);
            }

            return found;
        }

        Assert.Equal(["/log/b.txt"], await FindAsync("/log/*"));
        Assert.Equal(["/home/a.txt"], await FindAsync("a.txt"));
    }

    [Theory]
    [InlineData("data log")]
    [InlineData("[2024]")]
    [InlineData("-la")]
    [InlineData("{a}")]
    [InlineData("it's")]
    public async Task A_folder_whose_name_a_server_would_take_for_more_is_entered_and_listed_without_an_argument(string name)
    {
        foreach (var mlsd in new[] { true, false })
        {
            var server = new OddServer().With($"/{name}/a.txt");
            if (mlsd)
            {
                server.Unknown.ExceptWith(["FEAT", "MLSD", "MLST"]);
                server.Unknown.Add("MLST");
            }

            server.Reply = (verb, argument) => verb is "MLSD" or "LIST" or "NLST" && argument.Contains(name, StringComparison.Ordinal) ? "501 Invalid number of arguments." : null;
            await using var bench = new OddBench(server);

            await bench.CopyAsync(bench.Pull("/"));

            Assert.Empty(bench.Log.Errors);
            Assert.Equal([$"{name}/a.txt"], bench.LocalFiles());
            Assert.DoesNotContain(server.Received, line => line == $"MLSD /{name}");
        }
    }

    [Theory]
    [InlineData("501 Invalid argument.")]
    [InlineData("550 Not found.")]
    public async Task A_device_that_lists_only_where_it_is_shows_that_once(string reply)
    {
        var server = new OddServer().With("/log/a.txt", "/log/deep/b.txt");
        server.Unknown.ExceptWith(["FEAT", "MLSD"]);
        server.Reply = (verb, argument) => verb == "MLSD" && argument.Length > 0 ? reply : null;
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull("/"));

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["log/a.txt", "log/deep/b.txt"], bench.LocalFiles());
        Assert.Single(server.Received, line => line.StartsWith("MLSD /", StringComparison.Ordinal));
        Assert.DoesNotContain("LIST", server.Verbs);
    }

    [Theory]
    [InlineData("MLSD")]
    [InlineData("LIST")]
    public async Task A_device_that_lists_another_folder_than_asked_is_found_out(string verb)
    {
        // MLSD that ignores its argument; LIST that ignores CWD.
        var server = new OddServer().With("/log/a.txt", "/b.txt");
        if (verb == "MLSD")
        {
            server.Unknown.ExceptWith(["FEAT", "MLSD"]);
        }

        var entered = "/";
        var named = "";
        server.Reply = (asked, argument) =>
        {
            entered = asked == "CWD" ? argument : entered;
            named = argument;
            return null;
        };
        server.Lines = (asked, _) => server.LinesOf(asked, asked == "MLSD" ? entered : named.Length == 0 ? "/" : named);
        await using var bench = new OddBench(server);

        await bench.CopyAsync(bench.Pull("/"));

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["b.txt", "log/a.txt"], bench.LocalFiles());
    }

    private static string Joined(string folder, string name, char separator) =>
        folder.EndsWith(separator) || folder.EndsWith(':') ? folder + name : folder + separator + name;
}
