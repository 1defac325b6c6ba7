using System.Globalization;
using System.Net;

namespace NapterFtp.Testing;

/// <summary>What a client is to do, and where.</summary>
/// <param name="Server">Whom to connect to: a server, or a relay in front of one.</param>
/// <param name="User">The login.</param>
/// <param name="Password">Its password.</param>
/// <param name="RemotePath">A file or folder relative to the login's folder, with slashes; empty for that folder itself.</param>
/// <param name="LocalPath">The local file; empty where there is none.</param>
/// <param name="HomeFolder">An empty folder that keeps the user's own settings out.</param>
internal sealed record ClientJob(IPEndPoint Server, string User, string Password, string RemotePath, string LocalPath, string HomeFolder)
{
    public string Host => Server.Address.ToString();

    public string Port => Server.Port.ToString(CultureInfo.InvariantCulture);

    /// <summary>ftp://host:port/path, without the login.</summary>
    public string Url => $"ftp://{Server}/{string.Join('/', RemotePath.Split('/').Select(Uri.EscapeDataString))}";

    public ProcessCommand Command(string program, params IReadOnlyList<string> arguments) => new(program, arguments)
    {
        WorkingDirectory = HomeFolder,
        Environment = new Dictionary<string, string> { ["HOME"] = HomeFolder, ["LC_ALL"] = "C.UTF-8", ["TERM"] = "dumb" },
    };
}
