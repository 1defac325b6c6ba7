using System.Globalization;
using System.Net;

namespace NapterFtp.Testing;

/// <summary>A real FTP client in one of its modes, run as a user would run it.</summary>
public sealed class RealClient
{
    private const int SeriesCount = 5;

    private static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(60);

    private RealClient(string name, string package)
    {
        Name = name;
        Package = package;
    }

    public static RealClient CurlEpsv { get; } = Curl("curl");

    public static RealClient CurlPasv { get; } = Curl("curl-pasv", "--disable-epsv");

    public static RealClient CurlActive { get; } = Curl("curl-active", "--ftp-port", "-");

    public static RealClient Lftp { get; } = LftpWith("lftp");

    public static RealClient LftpPipelined { get; } = LftpWith("lftp-pipelined", "set ftp:sync-mode off");

    /// <summary>FTPS without a look at the certificate.</summary>
    public static RealClient LftpTls { get; } =
        LftpWith("lftp-ftps", "set ftp:ssl-force yes", "set ftp:ssl-protect-data yes", "set ssl:verify-certificate no");

    public static RealClient Tnftp { get; } = Interactive("tnftp", "tnftp", "-n", "-i", "-v", "-p");

    /// <summary>Active mode only by default, as Windows' ftp.exe.</summary>
    public static RealClient InetutilsFtp { get; } = Interactive("inetutils-ftp", "inetutils-ftp", "-n", "-i", "-v");

    public static RealClient Ncftp { get; } = new("ncftp", "ncftp:ncftpget")
    {
        List = job => job.Command("ncftpls", "-l", "-u", job.User, "-p", job.Password, "-P", job.Port, $"ftp://{job.Host}/{job.RemotePath}"),
        Get = job => job.Command("ncftpget", "-V", "-u", job.User, "-p", job.Password, "-P", job.Port, "-C", job.Host, job.RemotePath, job.LocalPath),
        Put = job => job.Command("ncftpput", "-V", "-u", job.User, "-p", job.Password, "-P", job.Port, "-C", job.Host, job.LocalPath, job.RemotePath),
        Mirror = job => job.Command("ncftpget", "-V", "-R", "-T", "-u", job.User, "-p", job.Password, "-P", job.Port, job.Host, job.LocalPath, job.RemotePath),
    };

    public static RealClient Wget { get; } = new("wget", "wget")
    {
        List = job => job.Command("wget", "-nv", "--tries=1", $"--user={job.User}", $"--password={job.Password}", "-O", "-", job.Url + "/"),
        Get = job => job.Command("wget", "-nv", "--tries=1", $"--user={job.User}", $"--password={job.Password}", "-O", job.LocalPath, job.Url),
        Mirror = job => job.Command(
            "wget", "-nv", "--tries=1", $"--user={job.User}", $"--password={job.Password}", "-r", "-nH", "--restrict-file-names=nocontrol", "-P", job.LocalPath, job.Url + "/"),
    };

    public static RealClient PythonFtplib { get; } = new("ftplib", "python3")
    {
        List = job => Python(job, "list"),
        Get = job => Python(job, "get"),
        Put = job => Python(job, "put"),
        Series = job => Python(job, "series"),
    };

    public static IReadOnlyList<RealClient> All { get; } =
        [CurlEpsv, CurlPasv, CurlActive, Lftp, LftpPipelined, LftpTls, Tnftp, InetutilsFtp, Ncftp, Wget, PythonFtplib];

    /// <summary>The files of a folder that <see cref="FolderAsync"/> fetches.</summary>
    public static IReadOnlyList<string> SeriesNames { get; } =
        [.. Enumerable.Range(1, SeriesCount).Select(number => SeriesName(number.ToString(CultureInfo.InvariantCulture)))];

    public string Name { get; }

    /// <summary>The package, and after a colon its program where that has another name.</summary>
    public string Package { get; }

    public bool CanPut => Put is not null;

    public bool CanMirror => Mirror is not null;

    private Func<ClientJob, ProcessCommand>? List { get; init; }

    private Func<ClientJob, ProcessCommand>? Get { get; init; }

    private Func<ClientJob, ProcessCommand>? Put { get; init; }

    private Func<ClientJob, ProcessCommand>? Mirror { get; init; }

    // What a client without a mirror does in its place: many files over one connection.
    private Func<ClientJob, ProcessCommand>? Series { get; init; }

    /// <summary>With Python's ftplib: gives a download up with its <c>abort()</c> and goes on.</summary>
    /// <param name="closesFirst">Whether the data connection is closed first, as ftplib's documentation has it.</param>
    /// <returns>The codes of all answers on one line, the last that to NOOP; the file then fetched is at <paramref name="localFile"/>.</returns>
    public static Task<ProcessResult> GiveUpAsync(
        IPEndPoint server, string user, string password, string remoteFile, string localFile, bool closesFirst, CancellationToken cancellationToken) =>
        PythonFtplib.RunAsync(
            job => Python(job, closesFirst ? "abort-closed" : "abort"), server, user, password, remoteFile, localFile, null, cancellationToken);

    public static RealClient Find(string name) => All.Single(client => client.Name == name);

    /// <summary>Lists a folder; the names are in <see cref="ProcessResult.Output"/>.</summary>
    public Task<ProcessResult> ListAsync(IPEndPoint server, string user, string password, string remoteFolder, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        RunAsync(List, server, user, password, remoteFolder, "", limit, cancellationToken);

    public Task<ProcessResult> GetAsync(IPEndPoint server, string user, string password, string remoteFile, string localFile, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        RunAsync(Get, server, user, password, remoteFile, localFile, limit, cancellationToken);

    public Task<ProcessResult> PutAsync(IPEndPoint server, string user, string password, string localFile, string remoteFile, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        RunAsync(Put, server, user, password, remoteFile, localFile, limit, cancellationToken);

    /// <summary>Downloads a folder with all below it into a local folder; lftp four files at a time.</summary>
    public Task<ProcessResult> MirrorAsync(IPEndPoint server, string user, string password, string remoteFolder, string localFolder, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        RunAsync(Mirror, server, user, password, remoteFolder, localFolder, limit, cancellationToken);

    /// <summary>Fetches a folder that holds <see cref="SeriesNames"/>: as a mirror, or file by file over one control connection.</summary>
    public Task<ProcessResult> FolderAsync(IPEndPoint server, string user, string password, string remoteFolder, string localFolder, CancellationToken cancellationToken, TimeSpan? limit = null) =>
        RunAsync(Mirror ?? Series, server, user, password, remoteFolder, localFolder, limit, cancellationToken);

    /// <summary>Starts a download and interrupts it, as Ctrl+C does, once the first bytes have come. A client that waits for ever
    /// for the device to honour its ABOR, as tnftp does with vsftpd, is killed, as its user would.</summary>
    /// <returns>Why the download was not interrupted in its middle, or null.</returns>
    public async Task<string?> AbortAsync(IPEndPoint server, string user, string password, string remoteFile, string localFile, CancellationToken cancellationToken, TimeSpan? limit = null)
    {
        using var home = new ScratchFolder();
        var command = Get!(new ClientJob(server, user, password, remoteFile, localFile, home));
        using var process = ProcessRunner.Start(command);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit ?? DefaultLimit);
        bool Begun() => File.Exists(localFile) && new FileInfo(localFile).Length > 0;
        try
        {
            await process.StandardInput.WriteAsync(command.StandardInput);
            process.StandardInput.Close();
            while (!Begun())
            {
                if (process.HasExited)
                {
                    return $"It ended before the first byte: {await output} {await error}";
                }

                await Task.Delay(TimeSpan.FromMilliseconds(5), limited.Token);
            }

            ProcessRunner.Interrupt(process);
            limited.CancelAfter(TimeSpan.FromSeconds(3));
            await process.WaitForExitAsync(limited.Token);
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Begun() ? null : "No byte came within the time limit.";
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    public override string ToString() => Name;

    private static string SeriesName(string number) => $"part{number}.csv";

    private static RealClient Curl(string name, params string[] mode)
    {
        ProcessCommand Run(ClientJob job, params string[] arguments) =>
            job.Command("curl", ["-q", "-sS", "-v", "--user", $"{job.User}:{job.Password}", .. mode, .. arguments]);

        return new RealClient(name, "curl")
        {
            List = job => Run(job, job.RemotePath.Length == 0 ? job.Url : job.Url + "/"),
            Get = job => Run(job, "-o", job.LocalPath, job.Url),
            Put = job => Run(job, "-T", job.LocalPath, job.Url),
            Series = job => Run(job, "-o", Path.Combine(job.LocalPath, SeriesName("#1")), $"{job.Url}/{SeriesName($"[1-{SeriesCount}]")}"),
        };
    }

    private static RealClient LftpWith(string name, params string[] settings)
    {
        ProcessCommand Run(ClientJob job, string command) => job.Command("lftp", "--norc", "-c", LftpScript.For(job, settings, command));

        return new RealClient(name, "lftp")
        {
            List = job => Run(job, job.RemotePath.Length == 0 ? "ls" : $"ls {LftpScript.Quote(job.RemotePath)}"),
            Get = job => Run(job, $"get {LftpScript.Quote(job.RemotePath)} -o {LftpScript.Quote(job.LocalPath)}"),
            Put = job => Run(job, $"put {LftpScript.Quote(job.LocalPath)} -o {LftpScript.Quote(job.RemotePath)}"),
            Mirror = job => Run(job, $"mirror --parallel=4 {LftpScript.Quote(job.RemotePath)} {LftpScript.Quote(job.LocalPath)}"),
        };
    }

    // The classic ftp command and its descendants, which read commands from standard input and always exit with 0.
    private static RealClient Interactive(string name, string program, params string[] options)
    {
        ProcessCommand Run(ClientJob job, string command) => job.Command(program, [.. options, job.Host, job.Port]) with
        {
            StandardInput = $"user {job.User} {job.Password}\nbinary\n{command}\nquit\n",
        };

        return new RealClient(name, program)
        {
            List = job => Run(job, job.RemotePath.Length == 0 ? "ls" : $"ls \"{job.RemotePath}\""),
            Get = job => Run(job, $"get \"{job.RemotePath}\" \"{job.LocalPath}\""),
            Put = job => Run(job, $"put \"{job.LocalPath}\" \"{job.RemotePath}\""),
            Series = job => Run(job, string.Join('\n', [$"lcd \"{job.LocalPath}\"", $"cd \"{job.RemotePath}\"", .. SeriesNames.Select(name => "get " + name)])),
        };
    }

    private static ProcessCommand Python(ClientJob job, string action)
    {
        using var script = new StreamReader(typeof(RealClient).Assembly.GetManifestResourceStream("ftplib_client.py")!);
        return job.Command("python3", "-c", script.ReadToEnd(), action, job.Host, job.Port, job.User, job.Password, job.RemotePath, job.LocalPath);
    }

    private async Task<ProcessResult> RunAsync(
        Func<ClientJob, ProcessCommand>? action,
        IPEndPoint server,
        string user,
        string password,
        string remotePath,
        string localPath,
        TimeSpan? limit,
        CancellationToken cancellationToken)
    {
        if (action is null)
        {
            throw new NotSupportedException($"{Name} cannot do that.");
        }

        using var home = new ScratchFolder();
        var command = action(new ClientJob(server, user, password, remotePath, localPath, home));
        return await ProcessRunner.RunAsync(command, limit ?? DefaultLimit, cancellationToken);
    }
}
