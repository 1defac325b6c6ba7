using NapterFtp.Core.Tests.Pulls;
using NapterFtp.Core.Tests.Pulls.Service;

/// <summary>What .NET runs before the program where DOTNET_STARTUP_HOOKS names this assembly: by this name, in no namespace.</summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        HistoryWorker.Run();
        ServiceWorker.Run();
    }
}
