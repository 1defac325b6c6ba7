namespace NapterFtp.Testing;

/// <summary>pure-ftpd, with a user of its own file. It lets nobody be root, so the folder is given to the user <c>nobody</c>.</summary>
internal static class PureFtpd
{
    public const string Owner = "65534:65534";

    public static async Task<ProcessCommand> PrepareAsync(ServerSetup setup)
    {
        // The "/./" locks the user into the folder.
        var users = await setup.WriteAsync("users", $"{ServerSetup.User}:{ServerSetup.PasswordHash}:{Owner}::{setup.Options.RootPath}/./::::::::::::\n");
        var database = Path.Combine(setup.ConfigFolder, "users.pdb");
        var made = await ProcessRunner.RunAsync(
            new ProcessCommand(setup.Program("usr/bin/pure-pw"), "mkdb", database, "-f", users) { Environment = setup.Environment },
            TimeSpan.FromSeconds(30),
            CancellationToken.None);
        if (!made.Succeeded)
        {
            throw new InvalidOperationException(made.ToString());
        }

        List<string> arguments =
        [
            "-S", $"127.0.0.1,{setup.Port}", "-l", $"puredb:{database}", "-4", "-A", "-E", "-H", "-c", "500", "-C", "500",
            "-U", "022:022", "-g", Path.Combine(setup.ConfigFolder, "pid"),
        ];
        if (setup.PassivePorts is var (first, last))
        {
            arguments.AddRange(["-p", $"{first}:{last}"]);
        }

        if (setup.Options.AnyDataPeer)
        {
            arguments.Add("-w");
        }

        return new ProcessCommand(setup.Program("usr/sbin/pure-ftpd"), arguments) { Environment = setup.Environment };
    }
}
