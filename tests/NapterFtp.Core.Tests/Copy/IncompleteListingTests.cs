namespace NapterFtp.Core.Tests.Copy;

/// <summary>What a device did not list is not gone: nothing is deleted on a guess.</summary>
public sealed class IncompleteListingTests
{
    [Fact]
    public async Task A_line_that_is_not_understood_is_warned_of_and_nothing_below_its_folder_is_deleted()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/a/two.txt", "/b/three.txt"));
        bench.Server.Lines = (verb, folder) =>
            folder == "/a" ? bench.Server.LinesOf(verb, folder).Select(line => line.Contains("two", StringComparison.Ordinal) ? "?? two.txt 12 ??" : line) : null;
        bench.WriteLocal("a/two.txt");
        bench.WriteLocal("a/deep/four.txt");
        bench.WriteLocal("b/gone.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/deep/four.txt", "a/one.txt", "a/two.txt", "b/three.txt"], bench.LocalFiles());
        Assert.Contains("?? two.txt 12 ??", Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.Contains("'/a'", bench.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_push_that_mirrors_deletes_nothing_in_a_folder_that_was_listed_in_part()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/a/two.txt", "/b/three.txt"));
        bench.Server.Lines = (verb, folder) => folder == "/a" ? bench.Server.LinesOf(verb, folder).Append("?? more ??") : null;
        bench.WriteLocal("a/two.txt");

        await bench.CopyAsync(bench.MirrorToDevice());

        Assert.Contains("/a/one.txt", bench.Server.Files.Keys);
        Assert.DoesNotContain("/b/three.txt", bench.Server.Files.Keys);
        Assert.Contains(bench.Warnings, warning => warning.Contains("?? more ??", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_that_an_incomplete_listing_does_not_show_is_not_overwritten_by_a_push_that_skips()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt"));
        bench.Server.Lines = (verb, folder) => folder == "/a" ? ["?? one.txt ??"] : folder == "/" ? ["?? a ??", "-rw-r--r-- 1 ftp ftp 1 Jan  2  2024 x"] : null;
        bench.Server.Unknown.Add("NLST");
        bench.WriteLocal("a/one.txt");

        await bench.CopyAsync(bench.Push() with { IfExists = NapterFtpIfExists.Skip });

        Assert.Equal("content of /a/one.txt", System.Text.Encoding.Latin1.GetString(bench.Server.Files["/a/one.txt"]));
        Assert.Equal(1, bench.Log.Count(NapterFtpTransferStatus.Skipped));
    }

    [Theory]
    [InlineData("LIST", "550 No files found.")]
    [InlineData("LIST", "450 No such file or directory.")]
    [InlineData("LIST", "550 Permission denied.")]
    [InlineData("LIST", "553 Not allowed.")]
    [InlineData("MLSD", "550 Could not get the folder's items.")]
    [InlineData("MLSD", "530 Not allowed.")]
    public async Task A_listing_refused_in_every_way_deletes_no_local_file(string verb, string reply)
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/three.txt"));
        if (verb == "MLSD")
        {
            bench.Server.Unknown.ExceptWith(["FEAT", "MLSD", "MLST"]);
        }

        // In the folder "a" nothing can be listed, in whatever way.
        var inA = false;
        bench.Server.Reply = (asked, argument) =>
        {
            inA = asked == "CWD" ? argument == "/a" : inA;
            return asked is "LIST" or "NLST" or "MLSD" or "STAT" && (argument == "/a" || (inA && argument.Length == 0)) ? reply : null;
        };
        bench.WriteLocal("a/one.txt");
        bench.WriteLocal("a/two.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/one.txt", "a/two.txt", "b/three.txt"], bench.LocalFiles());
        Assert.Single(bench.Warnings.Concat(bench.Log.Errors.Select(error => error.Message)), text => text.Contains("'/a'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_refusal_that_a_second_way_shows_to_mean_empty_is_an_empty_folder()
    {
        foreach (var proof in new[] { "NLST", "STAT", "LIST /a" })
        {
            await using var bench = new OddBench(new OddServer().With("/a/", "/b/three.txt"));
            var inA = false;
            bench.Server.Reply = (verb, argument) =>
            {
                inA = verb == "CWD" ? argument == "/a" : inA;
                var asked = $"{verb} {argument}".TrimEnd();
                return asked == "STAT /a" ? proof == "STAT" ? "213-Status of /a:\r\ndrwxr-xr-x 2 ftp ftp 0 Jan  2  2024 .\r\n213 End" : "502 No."
                    : verb == "LIST" && argument == "/a" && proof != asked ? "550 No files found."
                    : verb == "NLST" && proof != verb ? "550 No files found."
                    : verb == "LIST" && inA && argument.Length == 0 ? "550 No files found."
                    : null;
            };
            bench.WriteLocal("a/gone.txt");

            await bench.CopyAsync(bench.Mirror());

            Assert.Equal(["b/three.txt"], bench.LocalFiles());
            Assert.Empty(bench.Warnings);
            Assert.Empty(bench.Log.Errors);
        }
    }

    [Fact]
    public async Task A_listing_cut_without_close_notify_is_an_error_and_deletes_nothing()
    {
        // Each is cut elsewhere.
        await using var bench = new OddBench(new OddServer().With("/one.txt", "/two.txt", "/three.txt"));
        var listings = 0;
        bench.Server.Lines = (verb, folder) => bench.Server.LinesOf(verb, folder).Take(++listings);
        bench.Dialer.CutsData = true;
        bench.WriteLocal("two.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Contains("two.txt", bench.LocalFiles());
        Assert.Contains(bench.Log.Errors, error => error.ErrorId == "DataConnectionLost" && error.Message.Contains("close_notify", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_listing_that_comes_whole_the_second_time_counts()
    {
        await using var bench = new OddBench(new OddServer().With("/one.txt", "/two.txt"));
        var listings = 0;
        bench.Server.Lines = (verb, folder) =>
        {
            bench.Dialer.CutsData = false;
            return bench.Server.LinesOf(verb, folder).Take(++listings);
        };
        bench.Dialer.CutsData = true;
        bench.WriteLocal("gone.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Empty(bench.Log.Errors);
        Assert.Empty(bench.Warnings);
        Assert.Equal(["one.txt", "two.txt"], bench.LocalFiles());
    }

    [Fact]
    public async Task Where_the_gateway_ends_all_without_close_notify_all_works_but_a_mirror_deletes_nothing()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/a/b/two.txt", "/empty/"));
        bench.Dialer.CutsData = true;
        bench.WriteLocal("gone.txt");
        bench.WriteLocal("a/gone.txt");

        await bench.CopyAsync(bench.Mirror());
        await bench.CopyAsync(bench.Push("/pushed") with { Sync = NapterFtpSyncMode.Mirror });

        Assert.Empty(bench.Log.Errors);
        Assert.Equal(["a/b/two.txt", "a/gone.txt", "a/one.txt", "gone.txt"], bench.LocalFiles());
        Assert.Contains("/pushed/a/one.txt", bench.Server.FileNames);
        Assert.Contains("No mirror deletes anything", Assert.Single(bench.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_listing_that_ends_with_an_error_in_place_of_226_deletes_nothing()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/two.txt"));
        bench.Server.Final = (_, folder) => folder == "/a" ? "451 Read error." : "226 Done.";
        bench.WriteLocal("a/three.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/three.txt", "b/two.txt"], bench.LocalFiles());
        Assert.Equal("TransferAborted", Assert.Single(bench.Log.Errors).ErrorId);
    }

    [Theory]
    [InlineData("ls: cannot open directory '.': Permission denied")]
    [InlineData("ls: .: Input/output error")]
    public async Task A_listing_of_nothing_but_a_complaint_deletes_nothing(string line)
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/two.txt"));
        bench.Server.Lines = (_, folder) => folder == "/a" ? [line] : null;
        bench.Server.Unknown.Add("STAT");
        bench.WriteLocal("a/three.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/three.txt", "b/two.txt"], bench.LocalFiles());
        Assert.Contains(line, Assert.Single(bench.Warnings), StringComparison.Ordinal);
        Assert.Equal("LIST", bench.Client.Traits.ListVerb);
    }

    [Fact]
    public async Task A_refusal_after_the_beginning_of_a_listing_deletes_nothing()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/two.txt"));
        bench.Server.Lines = (_, folder) => folder == "/a" ? [] : null;
        bench.Server.Final = (_, folder) => folder == "/a" ? "550 Read error." : "226 Done.";
        bench.WriteLocal("a/three.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/three.txt", "b/two.txt"], bench.LocalFiles());
        Assert.Single(bench.Warnings);
    }

    [Theory]
    [InlineData("226 Nothing to list.")]
    [InlineData("250 Ok.")]
    public async Task A_listing_done_at_once_without_data_is_an_empty_folder(string reply)
    {
        await using var bench = new OddBench(new OddServer().With("/a/", "/b/two.txt"));
        var inA = false;
        bench.Server.Reply = (verb, argument) =>
        {
            inA = verb == "CWD" ? argument == "/a" : inA;
            return verb == "LIST" && inA ? reply : null;
        };
        bench.WriteLocal("a/gone.txt");
        var watch = System.Diagnostics.Stopwatch.StartNew();

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["b/two.txt"], bench.LocalFiles());
        Assert.True(watch.Elapsed < bench.Options.IdleTimeout / 2, $"It took {watch.Elapsed}.");
    }

    [Fact]
    public async Task A_226_that_says_the_folder_was_not_read_deletes_nothing()
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/two.txt"));
        bench.Server.Lines = (_, folder) => folder == "/a" ? [] : null;
        bench.Server.Final = (_, folder) => folder == "/a" ? "226 Transfer done (but failed to open directory)." : "226 Done.";
        bench.WriteLocal("a/three.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["a/three.txt", "b/two.txt"], bench.LocalFiles());
        Assert.Single(bench.Log.Errors);
    }

    [Theory]
    [InlineData("501 Invalid number of arguments.")]
    [InlineData("550 No such folder.")]
    public async Task A_refused_folder_is_an_error_of_its_own_and_the_rest_of_the_copy_goes_on(string reply)
    {
        await using var bench = new OddBench(new OddServer().With("/a/one.txt", "/b/two.txt"));
        bench.Server.Reply = (verb, argument) => verb is "CWD" or "LIST" && argument.StartsWith("/a", StringComparison.Ordinal) ? reply : null;

        await bench.CopyAsync(bench.Pull("/"));

        Assert.Equal(["b/two.txt"], bench.LocalFiles().Select(file => file.TrimStart('/')));
        Assert.Contains("'/a'", Assert.Single(bench.Log.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_comes_behind_the_end_of_the_data_connection_is_of_its_folder_alone()
    {
        await using var bench = new OddBench(new OddServer { RefusesBeforeData = true }.With("/a/one.txt", "/b/two.txt"));
        bench.Server.Reply = (verb, argument) =>
        {
            // Of a folder that it does not list, the device ends the data connection first.
            var isRefused = verb is "CWD" ? argument == "/a" : bench.Dialer.DataFailure is not null || argument == "/a";
            bench.Dialer.DataFailure = !isRefused ? null : new NapterFtpException("GatewayReset", NapterFtpErrorKind.Connection, "Ended at once.", "");
            return isRefused && verb is "LIST" or "NLST" ? "550 Permission denied." : null;
        };

        await bench.CopyAsync(bench.Pull("/"));

        Assert.Equal(["b/two.txt"], bench.LocalFiles());
        Assert.Equal("RemoteAccessDenied", Assert.Single(bench.Log.Errors).ErrorId);
    }

    [Fact]
    public async Task What_is_empty_for_sure_is_emptied()
    {
        await using var bench = new OddBench(new OddServer().With("/a/", "/b/two.txt"));
        bench.Server.Lines = (verb, folder) => folder == "/a" ? ["insgesamt 0"] : null;
        bench.WriteLocal("a/gone.txt");

        await bench.CopyAsync(bench.Mirror());

        Assert.Equal(["b/two.txt"], bench.LocalFiles());
        Assert.Empty(bench.Warnings);
    }
}
