using NapterFtp.Diagnostics;

namespace NapterFtp.Entries;

/// <summary>Ports of a router that devices come to us by, instead of us to them.</summary>
internal sealed partial class EntryManager
{
    private IPortForwarder Forwarder => _options.Forwarder ?? throw new InvalidOperationException("Nothing here tells routers.");

    /// <summary>The rest of a port's life where the device makes the connection: there is nothing of it at SORACOM.</summary>
    private async Task ReturnAsync(Entry port)
    {
        var kind = port.Request.Kind;
        var started = _time.GetTimestamp();
        IReturnPort listening;
        try
        {
            var router = port.Request.PortMap.Router ?? throw new InvalidOperationException("There is no router to come back by.");
            listening = await Forwarder.ListenAsync(router, port.Duration, _stopped.Token);
        }
        catch (Exception exception)
        {
            EntryInstruments.NotOpened(kind);
            port.SetNeverOpened(exception);
            return;
        }

        EntryInstruments.Opened(kind, _time.GetElapsedTime(started));
        port.SetListening(listening);
        await port.CloseRequested;
        port.BeginClosing();
        await listening.CloseAsync();
        port.SetClosed();
        EntryInstruments.Ended(kind, port.Counters.FromDevice, port.Counters.ToDevice);
    }
}
