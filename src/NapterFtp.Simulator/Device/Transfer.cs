using System.Net.Sockets;

namespace NapterFtp.Simulator.Device;

/// <summary>One transfer: its replies, its data connection, and its end however it comes.</summary>
internal sealed class Transfer(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) : IDisposable
{
    private static readonly TimeSpan s_late = TimeSpan.FromSeconds(1);
    private Socket? _data;
    private bool _finalSent;

    public void Dispose()
    {
        session.Abort.End();
        _data?.Dispose();
    }

    /// <summary>Does what may refuse the transfer before any data.</summary>
    public T Prepare<T>(Func<T> prepare)
    {
        try
        {
            return prepare();
        }
        catch when (!session.Profile.KeepsListenerAfterError)
        {
            CloseListener();
            throw;
        }
    }

    /// <summary>Announces the transfer, gets the data connection, moves the data and reports the end.</summary>
    public async Task RunAsync(string announcement, Func<DataMover, Task> move)
    {
        var profile = session.Profile;
        var token = session.Abort.Begin(command, cancellationToken);
        try
        {
            await AnnounceAsync(PreliminaryReply.BeforeConnect, announcement);
            _data = await session.Data.ConnectAsync(token);
            session.Device.Counters.DataConnected();
            await AnnounceAsync(PreliminaryReply.AfterConnect, announcement);
            if (profile.Final == FinalReply.Early)
            {
                await CompleteAsync();
            }

            await move(new DataMover(_data, session, session.Device.Faults.ForData(command), token)
            {
                BeforeTail = profile.Final == FinalReply.Unflushed ? CompleteAsync : null,
            });
            CloseData();
            session.Device.Counters.TransferCompleted();
            if (profile.Final == FinalReply.Late)
            {
                await Task.Delay(s_late, session.Device.Options.Time, cancellationToken);
            }

            await CompleteAsync();
        }
        catch (DeviceReplyException failure)
        {
            await FailAsync(failure.Code, failure.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await FailAsync(426, "Data connection closed; transfer aborted.");
        }
        catch (SocketException)
        {
            await FailAsync(426, "Data connection broken.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await FailAsync(451, "Failure on the local file.");
        }
    }

    private Task AnnounceAsync(PreliminaryReply now, string announcement) =>
        session.Profile.Preliminary == now ? session.ReplyAsync(150, announcement, cancellationToken) : Task.CompletedTask;

    private async Task CompleteAsync()
    {
        if (!_finalSent && session.Profile.Final != FinalReply.Missing)
        {
            _finalSent = true;
            await session.ReplyAsync(226, "Transfer complete.", cancellationToken);
        }
    }

    private async Task FailAsync(int code, string text)
    {
        CloseListener();
        _data?.Dispose();
        if (!_finalSent)
        {
            await session.ReplyAsync(code, text, cancellationToken);
        }
    }

    private void CloseData()
    {
        CloseListener();
        try
        {
            _data!.Shutdown(SocketShutdown.Both);
        }
        catch (SocketException)
        {
            // The client has closed first, which after an upload it must.
        }

        _data!.Dispose();
    }

    private void CloseListener()
    {
        if (!session.Profile.KeepsPassivePort)
        {
            session.Data.Close();
        }
    }
}
