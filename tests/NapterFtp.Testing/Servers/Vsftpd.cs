namespace NapterFtp.Testing;

/// <summary>vsftpd. It knows system users only and no writable root for anonymous ones, so the login is root, locked into the
/// folder, with any password: the PAM service of runuser asks root for none.</summary>
internal static class Vsftpd
{
    public static async Task<ProcessCommand> PrepareAsync(ServerSetup setup)
    {
        var config = await setup.WriteAsync(
            "vsftpd.conf",
            $"""
            listen=YES
            listen_ipv6=NO
            listen_address=127.0.0.1
            listen_port={setup.Port}
            background=NO
            anonymous_enable=NO
            local_enable=YES
            pam_service_name=runuser
            check_shell=NO
            local_root={setup.Options.RootPath}
            chroot_local_user=YES
            allow_writeable_chroot=YES
            secure_chroot_dir={Directory.CreateDirectory(Path.Combine(setup.ConfigFolder, "empty")).FullName}
            write_enable=YES
            local_umask=022
            seccomp_sandbox=NO
            xferlog_enable=NO
            max_clients=0
            max_per_ip=0
            pasv_promiscuous={(setup.Options.AnyDataPeer ? "YES" : "NO")}
            pasv_min_port={setup.PassivePorts?.First ?? 0}
            pasv_max_port={setup.PassivePorts?.Last ?? 0}

            """);
        return new ProcessCommand(setup.Program("usr/sbin/vsftpd"), config) { Environment = setup.Environment };
    }
}
