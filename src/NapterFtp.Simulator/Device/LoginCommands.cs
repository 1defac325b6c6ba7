namespace NapterFtp.Simulator.Device;

/// <summary>Who the client is (RFC 959 section 4.1.1).</summary>
internal static class LoginCommands
{
    public static async Task UserAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var state = session.State = new DeviceSessionState { User = command.Argument };
        if (session.Profile.NeedsNoPassword)
        {
            state.LoggedIn = true;
            await session.ReplyAsync(230, "User logged in.", cancellationToken);
        }
        else
        {
            await session.ReplyAsync(331, "Please specify the password.", cancellationToken);
        }
    }

    public static async Task PassAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        var state = session.State;
        if (state.User is null)
        {
            throw new DeviceReplyException(503, "Login with USER first.");
        }

        var options = session.Device.Options;
        var anonymous = state.User.ToUpperInvariant() is "ANONYMOUS" or "FTP";
        state.LoggedIn = options.UserName is null
            || (anonymous && options.AllowsAnonymous)
            || (state.User == options.UserName && (options.Password is null || command.Argument == options.Password));
        if (!state.LoggedIn)
        {
            state.User = null;
            throw new DeviceReplyException(530, "Login incorrect.");
        }

        await session.ReplyAsync(230, "Login successful.", cancellationToken);
    }

    public static Task AcctAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken) =>
        session.ReplyAsync(202, "No account needed.", cancellationToken);

    public static Task ReinAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        session.State = new DeviceSessionState();
        session.Data.Close();
        return session.ReplyAsync(220, "Service ready for new user.", cancellationToken);
    }

    public static Task QuitAsync(DeviceSession session, DeviceCommand command, CancellationToken cancellationToken)
    {
        session.Close();
        return session.ReplyAsync(221, "Goodbye.", cancellationToken);
    }
}
