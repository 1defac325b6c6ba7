using System.Net.Sockets;
using NapterFtp.Transport;

namespace NapterFtp.Core.Tests.Transport;

public sealed class FileHandlesTests
{
    [Theory]
    [InlineData(300, 100, true, true)]
    [InlineData(300, 224, true, true)]
    [InlineData(300, 225, false, true)]
    [InlineData(300, 267, false, true)]
    [InlineData(300, 268, false, false)]
    [InlineData(65536, 49152, false, true)]
    [InlineData(65536, 65503, false, true)]
    [InlineData(65536, 65504, false, false)]
    [InlineData(40, 34, false, true)]
    [InlineData(40, 35, false, false)]
    [InlineData(int.MaxValue, 1_000_000, true, true)]
    public void A_quarter_is_kept_from_new_sessions_and_some_tens_from_all(int limit, int next, bool session, bool other)
    {
        var handles = new FileHandles(limit, () => next);
        Assert.Equal((session, other), (handles.HaveRoomForSession, handles.HaveRoom));
    }

    [Fact]
    public void Where_the_system_has_none_there_is_no_room()
    {
        var handles = new FileHandles(300, () => throw FileHandles.Out());
        Assert.Equal((false, false), (handles.HaveRoomForSession, handles.HaveRoom));
        Assert.Equal(SocketError.TooManyOpenSockets, Assert.Throws<SocketException>(handles.Ask).SocketErrorCode);
    }

    [Fact]
    public void A_session_that_has_begun_keeps_room_for_its_connection_until_that_is_there()
    {
        var handles = new FileHandles(300, () => 223);
        var first = handles.Expect();
        Assert.True(handles.HaveRoomForSession);
        using var second = handles.Expect();
        Assert.False(handles.HaveRoomForSession);
        first.Dispose();
        first.Dispose();
        Assert.True(handles.HaveRoomForSession);
    }
}
