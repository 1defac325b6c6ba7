using NapterFtp.Transport;

namespace NapterFtp.Relay;

/// <summary>What ended a session, for its client and for the job's streams.</summary>
/// <param name="Reason">Why, in a sentence.</param>
/// <param name="Failure">Who failed; null where it ended as sessions do.</param>
internal sealed record SessionEnd(string Reason, Failure? Failure = null)
{
    /// <summary>The client has closed its control connection.</summary>
    public static SessionEnd ClientClosed { get; } = new("The client closed its control connection.");

    /// <summary>The client has said QUIT, and the device goodbye.</summary>
    public static SessionEnd Quit { get; } = new("The client said QUIT.");

    /// <summary>Somebody stops the relay.</summary>
    public static SessionEnd Stopping { get; } = new("The relay is stopping.");

    /// <summary>The device has closed after it had announced that.</summary>
    public static SessionEnd DeviceLeft { get; } = new("The device said that it closes, and closed its control connection.");

    /// <summary>The entry of the control connection is being closed, because its time is up or by somebody.</summary>
    public static SessionEnd PortClosed { get; } = By(FailingSide.Soracom, "The Napter port of the control connection was closed.");

    /// <summary>A failure.</summary>
    public static SessionEnd By(FailingSide side, string reason, NapterFtpErrorKind kind = NapterFtpErrorKind.Connection, string? advice = null) =>
        new(reason, new Failure(side, kind, reason, advice));

    /// <summary>How one side's connection ended.</summary>
    /// <param name="reading">What read from it, which has ended.</param>
    /// <param name="side">Whose it is.</param>
    /// <param name="closed">What it means where the side closed in good order.</param>
    public static async Task<SessionEnd> OfAsync(Task reading, FailingSide side, SessionEnd closed)
    {
        try
        {
            await reading;
            return closed;
        }
        catch (NapterFtpException e)
        {
            return new SessionEnd(e.Message, Failure.Of(side, e));
        }
        catch (OperationCanceledException)
        {
            return Stopping;
        }
        catch (Exception e)
        {
            return By(side, $"The {(side == FailingSide.Client ? "client's control connection" : "control connection from the device")} broke: {e.GetBaseException().Message}");
        }
    }
}
