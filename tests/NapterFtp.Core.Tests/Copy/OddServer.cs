using System.Collections.Concurrent;
using System.Text;
using NapterFtp.Core.Tests.Relay;

namespace NapterFtp.Core.Tests.Copy;

/// <summary>A small FTP server over files in memory, one line of which at a time a test makes odd. Paths and names are Latin-1, so
/// that any byte can be written and seen.</summary>
internal sealed class OddServer : IAsyncDisposable
{
    private readonly ScriptedDevice _device = new();
    private readonly ConcurrentDictionary<DeviceSession, string> _folders = new();
    private readonly ConcurrentDictionary<DeviceSession, string> _renamed = new();

    public OddServer() => _device.OnCommand = async (session, line) =>
    {
        await AnswerAsync(session, line);
        if (HangsUp && line.Split(' ', '\r')[0] is "LIST" or "RETR" or "STOR" or "APPE")
        {
            session.Close();
        }
    };

    public int Port => _device.Port;

    /// <summary>The files, by path; a path that ends with the separator is a folder.</summary>
    public SortedDictionary<string, byte[]> Files { get; private init; } = new(StringComparer.Ordinal);

    /// <summary>Whether names that differ by case alone are one file, which keeps the name it was made with.</summary>
    public bool IgnoresCase
    {
        get => ReferenceEquals(Files.Comparer, StringComparer.OrdinalIgnoreCase);
        init => Files = new(value ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
    }

    /// <summary>The paths of the files, without folders.</summary>
    public IEnumerable<string> FileNames => Files.Keys.Where(path => !path.EndsWith(Separator));

    public char Separator { get; init; } = '/';

    /// <summary>Where a session begins, as PWD tells it.</summary>
    public string Home { get; init; } = "/";

    /// <summary>Commands it does not know.</summary>
    public HashSet<string> Unknown { get; } = ["FEAT", "MLSD", "MLST", "EPSV", "OPTS", "MFMT"];

    /// <summary>Commands that it leaves unanswered.</summary>
    public HashSet<string> Silent { get; } = [];

    /// <summary>What FEAT answers with, where it is known.</summary>
    public string Features { get; init; } = " MLST type*;size*;modify*;\r\n SIZE\r\n";

    /// <summary>An answer in place of the usual one; null for the usual.</summary>
    public Func<string, string, string?> Reply { get; set; } = (_, _) => null;

    /// <summary>The lines of a listing in place of the usual ones.</summary>
    public Func<string, string, IEnumerable<string>?> Lines { get; set; } = (_, _) => null;

    /// <summary>Whether a transfer is refused without a look at its data connection.</summary>
    public bool RefusesBeforeData { get; set; }

    /// <summary>Whether it ends the control connection once a transfer has ended.</summary>
    public bool HangsUp { get; set; }

    /// <summary>What LIST lists with options, in a folder; null where they are taken for a name.</summary>
    public Func<string, string, IEnumerable<string>?> Options { get; set; } = (_, _) => null;

    /// <summary>What the argument of a file command means; null for a refusal.</summary>
    public Func<string, string, string?> Resolve { get; set; } = null!;

    /// <summary>The final reply to a listing of a folder.</summary>
    public Func<string, string, string> Final { get; set; } = (_, _) => "226 Done.";

    /// <summary>A file's time as LIST writes it.</summary>
    public Func<string, string> ListTime { get; set; } = _ => "Jan  2  2024";

    /// <summary>A file's time as MDTM tells it.</summary>
    public Func<string, string> Mdtm { get; set; } = _ => "20240102030405";

    /// <summary>All commands received, without line ends.</summary>
    public IReadOnlyList<string> Received
    {
        get
        {
            lock (_device.Received)
            {
                return [.. _device.Received.Select(line => line.TrimEnd('\r', '\n'))];
            }
        }
    }

    public IEnumerable<string> Verbs => Received.Select(line => line.Split(' ')[0]);

    public OddServer With(params string[] paths)
    {
        foreach (var path in paths)
        {
            Files[path] = path.EndsWith(Separator) ? [] : Encoding.Latin1.GetBytes($"content of {path}");
        }

        return this;
    }

    public void Forget()
    {
        lock (_device.Received)
        {
            _device.Received.Clear();
        }
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    /// <summary>An argument as most servers take it: absolute, or from the current folder.</summary>
    public string Usual(string folder, string argument) =>
        argument.Length == 0 || argument == "." ? folder
            : argument == Home ? Home
            : argument.StartsWith(Separator) || argument.Contains(':', StringComparison.Ordinal) ? argument
            : Join(folder, argument);

    public string Join(string folder, string name) => folder.EndsWith(Separator) || folder.EndsWith(':') ? folder + name : folder + Separator + name;

    private bool IsFolder(string path) =>
        Under(path) == Under(Home) || Files.Keys.Any(file => file.StartsWith(Under(path), Comparison));

    private StringComparison Comparison => IgnoresCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    private string Under(string folder) => folder.EndsWith(Separator) || folder.EndsWith(':') ? folder : folder + Separator;

    private async Task AnswerAsync(DeviceSession session, string line)
    {
        var (verb, argument) = line.TrimEnd('\r', '\n').Split(' ', 2) is [var first, var rest] ? (first, rest) : (line.TrimEnd('\r', '\n'), "");
        var folder = _folders.GetOrAdd(session, Home);
        if (Silent.Contains(verb))
        {
            return;
        }

        if (Unknown.Contains(verb))
        {
            await session.SendAsync("502 Not implemented.\r\n");
            return;
        }

        if (Reply(verb, argument) is { } odd)
        {
            // A refused transfer takes its connection along; the next PASV would reset it half made.
            using var refused = verb is "LIST" or "NLST" or "MLSD" or "RETR" or "STOR" && odd[0] > '3' && !RefusesBeforeData ? await session.AcceptDataAsync() : null;
            await session.SendAsync(odd + "\r\n");
            return;
        }

        var path = Resolve is null ? Usual(folder, argument) : Resolve(folder, argument);
        switch (verb)
        {
            case "PWD":
                await session.SendAsync($"257 \"{folder}\" is the current directory.\r\n");
                break;
            case "CWD" when IsFolder(Usual(folder, argument)):
                _folders[session] = Usual(folder, argument);
                await session.SendAsync("250 Done.\r\n");
                break;
            case "FEAT":
                await session.SendAsync($"211-Features:\r\n{Features}211 End\r\n");
                break;
            case "PASV":
                await session.SendAsync(session.ListenForPasv());
                break;
            case "LIST" when argument.StartsWith('-') && Options(argument, folder) is { } shown:
                await ListAsync(session, verb, folder, shown);
                break;
            case "LIST" or "NLST" or "MLSD" when IsFolder(Usual(folder, argument)):
                await ListAsync(session, verb, Usual(folder, argument));
                break;
            case "SIZE" when path is not null && Files.TryGetValue(path, out var sized):
                await session.SendAsync($"213 {sized.Length}\r\n");
                break;
            case "MDTM" when path is not null && Files.ContainsKey(path):
                await session.SendAsync($"213 {Mdtm(path)}\r\n");
                break;
            case "RETR" when path is not null && Files.TryGetValue(path, out var content):
                await session.SendFileAsync(content);
                break;
            case "STOR" when path is not null:
                Files[path] = await session.ReceiveFileAsync();
                break;
            case "DELE" when path is not null && Files.Remove(path):
                await session.SendAsync("250 Deleted.\r\n");
                break;
            case "RNFR" when path is not null && Files.ContainsKey(path):
                _renamed[session] = path;
                await session.SendAsync("350 To what?\r\n");
                break;
            case "RNTO" when path is not null && _renamed.TryRemove(session, out var from):
                Files[path] = Files[from];
                Files.Remove(from);
                await session.SendAsync("250 Renamed.\r\n");
                break;
            case "MKD" when path is not null:
                Files[Under(path)] = [];
                await session.SendAsync("257 Made.\r\n");
                break;
            case "LIST" or "NLST" or "MLSD" or "RETR":
                using (await session.AcceptDataAsync())
                {
                    await session.SendAsync("550 No such file or directory.\r\n");
                }

                break;
            case "CWD" or "SIZE" or "MDTM" or "STOR" or "DELE" or "RNFR" or "RNTO" or "MKD" or "RMD" or "STAT" or "MLST":
                await session.SendAsync("550 No such file or directory.\r\n");
                break;
            case "QUIT":
                await session.QuitAsync();
                break;
            default:
                await session.SendAsync("200 Ok.\r\n");
                break;
        }
    }

    private async Task ListAsync(DeviceSession session, string verb, string folder, IEnumerable<string>? lines = null)
    {
        await session.SendAsync("150 Here it comes.\r\n");
        using (var data = await session.AcceptDataAsync())
        {
            var text = string.Concat((lines ?? Lines(verb, folder) ?? LinesOf(verb, folder)).Select(line => line + "\r\n"));
            await data.GetStream().WriteAsync(Encoding.Latin1.GetBytes(text));
        }

        await session.SendAsync(Final(verb, folder) + "\r\n");
    }

    public IEnumerable<string> LinesOf(string verb, string folder)
    {
        var under = Under(folder);
        foreach (var group in Files.Where(file => file.Key.StartsWith(under, Comparison) && file.Key.Length > under.Length)
            .GroupBy(file => file.Key[under.Length..].Split(Separator)[0]))
        {
            var isFolder = group.Any(file => file.Key.Length > under.Length + group.Key.Length);
            var path = under + group.Key;
            var length = isFolder ? 0 : group.First().Value.Length;
            yield return verb switch
            {
                "NLST" => group.Key,
                "MLSD" => isFolder ? $"type=dir;modify=20240102030405; {group.Key}" : $"type=file;size={length};modify={Mdtm(path)}; {group.Key}",
                _ => $"{(isFolder ? 'd' : '-')}rw-r--r--    1 ftp      ftp   {length,10} {ListTime(path)} {group.Key}",
            };
        }
    }
}
