using System.Globalization;
using System.Net.Sockets;

namespace NapterFtp.Transport;

/// <summary>How many handles for files and connections this process has left. The last of them are for nobody: .NET's runtime needs one at
/// any time, and ends the process where there is none.</summary>
/// <param name="limit">How many the process may have; <see cref="int.MaxValue"/> where that is not known or no matter.</param>
/// <param name="next">The number that the next handle gets, by which the system tells how many there are: it gives out the lowest that is
/// free. Throws <see cref="SocketException"/> where none is.</param>
internal sealed class FileHandles(int limit, Func<long> next)
{
    /// <summary>What to do about it.</summary>
    public const string Advice =
        "This process may open no more files and connections: let fewer sessions run at once (-MaxSession), or raise the limit "
        + "(Linux and macOS: ulimit -n).";

    private readonly int _forRuntime = Math.Min(32, limit / 8);
    private int _expected;

    /// <summary>Those of this process.</summary>
    public static FileHandles OfProcess { get; } = new(ReadLimit(), Next);

    /// <summary>Whether a new session can begin: there is room for it, for the connections of those that have just begun, and for transfers.</summary>
    public bool HaveRoomForSession => IsFree((limit / 4) + Volatile.Read(ref _expected));

    /// <summary>Whether one more connection can be made for what runs already.</summary>
    public bool HaveRoom => IsFree(_forRuntime);

    /// <summary>Whether the system had no handle to give.</summary>
    public static bool AreOut(SocketException error) =>
        error.SocketErrorCode is SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable;

    /// <summary>What the system would say if it had none left.</summary>
    public static SocketException Out() => new((int)SocketError.TooManyOpenSockets, "Too many open files");

    /// <summary>The error in words for people.</summary>
    /// <param name="what">What cannot be done, without a full stop.</param>
    /// <param name="target">What it is about.</param>
    /// <param name="error">What the system said.</param>
    public static NapterFtpException Error(string what, object target, Exception error) => new(
        "TooManyOpenFiles", NapterFtpErrorKind.LimitReached, $"{what}: {error.Message}", Advice, target, error);

    /// <summary>Refuses a connection for what runs already where there is no room.</summary>
    /// <exception cref="SocketException">As the system itself refuses it.</exception>
    public void Ask()
    {
        if (!HaveRoom)
        {
            throw Out();
        }
    }

    /// <summary>Keeps room for the connection that a session is going to make, until it is disposed.</summary>
    public Expectation Expect() => new(this);

    private bool IsFree(int reserve)
    {
        if (limit == int.MaxValue)
        {
            return true;
        }

        try
        {
            return next() < limit - reserve;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static long Next()
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        return probe.Handle;
    }

    private static int ReadLimit()
    {
        const string Name = "Max open files";
        try
        {
            var line = OperatingSystem.IsLinux() ? File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith(Name, StringComparison.Ordinal)) : null;
            var soft = line?[Name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            return int.TryParse(soft, CultureInfo.InvariantCulture, out var limit) ? limit : int.MaxValue;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return int.MaxValue;
        }
    }

    /// <summary>Room kept for a connection.</summary>
    public sealed class Expectation : IDisposable
    {
        private FileHandles? _handles;

        internal Expectation(FileHandles handles)
        {
            _handles = handles;
            Interlocked.Increment(ref handles._expected);
        }

        /// <summary>The connection is there, or will not be.</summary>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref _handles, null) is { } handles)
            {
                Interlocked.Decrement(ref handles._expected);
            }
        }
    }
}
