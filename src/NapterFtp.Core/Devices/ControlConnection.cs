using NapterFtp.Ftp;
using NapterFtp.Transport;

namespace NapterFtp.Devices;

/// <summary>The control connection to a device: what is sent is noted as pending first, and each reply goes to the command it
/// answers. Which that is, <see cref="FtpDialogue"/> says.</summary>
/// <param name="connection">The connection, which this owns from now on.</param>
/// <param name="dialogue">Its dialogue, the greeting pending.</param>
/// <param name="events">Told of what goes by.</param>
internal sealed class ControlConnection(Connection connection, FtpDialogue dialogue, ControlConnectionEvents events) : IAsyncDisposable
{
    private const int ReadSize = 4096;

    private readonly SemaphoreSlim _writing = new(1, 1);

    /// <summary>What is pending on it.</summary>
    public FtpDialogue Dialogue { get; } = dialogue;

    /// <summary>Sends commands in one write.</summary>
    /// <param name="commands">What waits for the replies, one for each command.</param>
    /// <param name="bytes">The commands' lines.</param>
    /// <param name="wait">Gives up before anything has been sent.</param>
    /// <param name="end">Ends the write too, and with it the connection: a line half sent would garble the next one.</param>
    public async Task SendAsync(IReadOnlyList<PendingCommand> commands, ReadOnlyMemory<byte> bytes, CancellationToken wait, CancellationToken end)
    {
        await _writing.WaitAsync(wait);
        try
        {
            // Noted first: a reply may be here before the write returns.
            Dialogue.Add(commands);
            await connection.WriteAsync(bytes, end);
            events.Sent(bytes.Length);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Reads replies until the device ends the connection.</summary>
    /// <exception cref="NapterFtpException">What the device sends is no FTP.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var reader = new FtpReplyReader();
        var buffer = new byte[ReadSize];
        while (await connection.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            events.Received(count);
            reader.Append(buffer.AsSpan(0, count));
            while (reader.TryRead(out var reply))
            {
                Take(reply);
            }

            await events.RoomAsync(cancellationToken);
        }

        if (reader.TryReadRest(out var rest))
        {
            Take(rest);
        }
    }

    /// <summary>Ends the dialogue; every command still pending is told.</summary>
    /// <returns>What it has ended with, which is an earlier error where there was one.</returns>
    public Exception Fail(Exception exception)
    {
        var fault = Dialogue.Fail(exception, out var pending);
        foreach (var command in pending)
        {
            command.OnFault(fault);
        }

        return fault;
    }

    /// <inheritdoc cref="Connection.CompleteWritesAsync"/>
    public ValueTask CompleteWritesAsync(CancellationToken cancellationToken) => connection.CompleteWritesAsync(cancellationToken);

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private void Take(FtpReply reply)
    {
        reply = events.Seen(reply);
        var verdict = Dialogue.Take(reply);
        if (verdict.IsAhead)
        {
            events.AnsweredAhead(reply);
        }

        foreach (var command in verdict.Unanswered)
        {
            command.OnUnanswered();
        }

        switch (verdict.Role)
        {
            case ReplyRole.Final:
                events.Answered(verdict.Command!);
                verdict.Command!.OnFinal(reply);
                break;
            case ReplyRole.Preliminary:
                verdict.Command!.OnPreliminary(reply);
                break;
            case ReplyRole.Text:
                verdict.Command!.OnText(reply);
                break;
            case ReplyRole.Unasked:
                events.Unasked(reply);
                break;
        }
    }
}

/// <summary>What a <see cref="ControlConnection"/> tells while it runs. Nothing here may wait but <see cref="RoomAsync"/>.</summary>
internal abstract class ControlConnectionEvents
{
    /// <summary>A reply has come; it goes on as it is returned.</summary>
    public virtual FtpReply Seen(FtpReply reply) => reply;

    /// <summary>A command's final reply has come, which it is given next.</summary>
    public virtual void Answered(PendingCommand command)
    {
    }

    /// <summary>A reply has come that nobody asked for.</summary>
    public abstract void Unasked(FtpReply reply);

    /// <summary>The device has answered a command in the middle of a transfer that it was sent behind.</summary>
    public virtual void AnsweredAhead(FtpReply reply)
    {
    }

    /// <summary>So many bytes of commands have been sent.</summary>
    public virtual void Sent(int bytes)
    {
    }

    /// <summary>So many bytes of replies have come.</summary>
    public virtual void Received(int bytes)
    {
    }

    /// <summary>Waits until more replies can be taken.</summary>
    public virtual ValueTask RoomAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
