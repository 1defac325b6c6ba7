using System.Net.Sockets;
using System.Reflection;
using Renci.SshNet;

namespace NapterFtp.Routers;

/// <summary>Passes the end of what a device sends on to our end of its connection. SSH.NET leaves the socket open then, until the whole channel is
/// closed (its issue 1754), and lets nobody get at the channel but so. Where another version of it has these things under other names, the end
/// is seen later, by FTP's final reply.</summary>
internal static class ChannelEnd
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly FieldInfo? s_closing = typeof(ForwardedPort).GetField("Closing", Any);

    /// <summary>Follows the channels of a port of the router.</summary>
    /// <param name="forward">The port; at least one connection has come.</param>
    public static void PassOn(ForwardedPortRemote forward)
    {
        // Each channel waits for the port's end.
        foreach (var channel in (s_closing?.GetValue(forward) as Delegate)?.GetInvocationList().Select(waits => waits.Target).OfType<object>() ?? [])
        {
            var type = channel.GetType();
            if (type.GetMethod("ShutdownSocket", Any) is not { } shutdown
                || type.GetEvent("EndOfData", Any) is not { } ended
                || type.BaseType?.BaseType?.GetField("_eofMessageReceived", Any) is not { } hasEnded)
            {
                continue;
            }

            EventHandler handler = (_, _) => End();
            ended.AddEventHandler(channel, Delegate.CreateDelegate(ended.EventHandlerType!, handler.Target, handler.Method));
            if (hasEnded.GetValue(channel) is true)
            {
                End();
            }

            void End()
            {
                try
                {
                    shutdown.Invoke(channel, [SocketShutdown.Send]);
                }
                catch (TargetInvocationException)
                {
                    // Our end has been closed already.
                }
            }
        }
    }
}
