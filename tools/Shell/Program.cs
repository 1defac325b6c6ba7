using System.ServiceProcess;
using Microsoft.PowerShell;
using NapterFtp.Shell;

// napterftp-shell.exe --service -NoProfile -File script.ps1
const string AsService = "--service";

if (OperatingSystem.IsWindows())
{
    RedirectedOutput.UseUtf8();
}

if (args is not [AsService, .. var arguments])
{
    return UnmanagedPSEntry.Start(args, args.Length);
}

if (!OperatingSystem.IsWindows())
{
    Console.Error.WriteLine($"{AsService} is for Windows' service control manager; here systemd and its like start the program without it.");
    return 64;
}

using var service = new WindowsService(arguments);
ServiceBase.Run(service);
return service.ExitCode;
