namespace NapterFtp.Testing;

/// <summary>proftpd, with a user of its own file.</summary>
internal static class Proftpd
{
    public static async Task<ProcessCommand> PrepareAsync(ServerSetup setup)
    {
        var users = await setup.WriteAsync("users", $"{ServerSetup.User}:{ServerSetup.PasswordHash}:0:0::{setup.Options.RootPath}:/bin/sh\n");
        var passivePorts = setup.PassivePorts is var (first, last) ? $"PassivePorts {first} {last}" : "";
        var config = await setup.WriteAsync(
            "proftpd.conf",
            $"""
            ServerName peer
            ServerType standalone
            DefaultAddress 127.0.0.1
            SocketBindTight on
            Port {setup.Port}
            UseIPv6 off
            UseReverseDNS off
            User root
            Group root
            RootLogin on
            Umask 022
            MaxInstances none
            DefaultRoot ~
            RequireValidShell off
            AuthOrder mod_auth_file.c
            AuthUserFile {users}
            AuthPAM off
            WtmpLog off
            DelayEngine off
            AllowOverwrite on
            AllowStoreRestart on
            AllowRetrieveRestart on
            AllowForeignAddress {(setup.Options.AnyDataPeer ? "on" : "off")}
            {passivePorts}
            PidFile {setup.ConfigFolder}/pid
            ScoreboardFile {setup.ConfigFolder}/scoreboard
            SystemLog none
            TransferLog none

            """);
        return new ProcessCommand(setup.Program("usr/sbin/proftpd"), "-n", "-q", "-c", config) { Environment = setup.Environment };
    }
}
