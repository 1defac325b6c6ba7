namespace NapterFtp.Listening;

/// <summary>What serves one local client.</summary>
internal interface ILocalSession
{
    /// <summary>Serves until either side leaves; never throws.</summary>
    Task RunAsync();

    /// <summary>Lets the session end by itself soon: at once where nothing is under way.</summary>
    void RequestStop();
}
