namespace NapterFtp.Testing;

/// <summary>One of the real FTP servers.</summary>
public sealed class RealServerKind
{
    private readonly Func<ServerSetup, Task<ProcessCommand>> _prepare;

    private RealServerKind(string name, string package, string user, Func<ServerSetup, Task<ProcessCommand>> prepare)
    {
        Name = name;
        Package = package;
        User = user;
        _prepare = prepare;
    }

    public static RealServerKind Vsftpd { get; } = new("vsftpd", "vsftpd", "root", Testing.Vsftpd.PrepareAsync);

    public static RealServerKind Proftpd { get; } = new("proftpd", "proftpd-core", ServerSetup.User, Testing.Proftpd.PrepareAsync);

    public static RealServerKind PureFtpd { get; } = new("pure-ftpd", "pure-ftpd", ServerSetup.User, Testing.PureFtpd.PrepareAsync);

    public static RealServerKind Pyftpdlib { get; } = new("pyftpdlib", "python3-pyftpdlib", ServerSetup.User, Testing.Pyftpdlib.PrepareAsync);

    /// <summary>Those that every client meets.</summary>
    public static IReadOnlyList<RealServerKind> All { get; } = [Vsftpd, Proftpd, PureFtpd];

    public string Name { get; }

    public string Package { get; }

    /// <summary>The user to log in as; the password is <see cref="ServerSetup.Password"/>.</summary>
    public string User { get; }

    public static RealServerKind Find(string name) => All.Append(Pyftpdlib).Single(kind => kind.Name == name);

    public override string ToString() => Name;

    internal Task<ProcessCommand> PrepareAsync(ServerSetup setup) => _prepare(setup);
}
