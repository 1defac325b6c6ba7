using System.Net;
using NapterFtp.Routers;
using Renci.SshNet;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>How many ports one login has an SSH server listen on.</summary>
public sealed class ListeningLoginTests
{
    [Fact]
    public async Task Where_ports_are_kept_a_login_serves_for_a_few_and_ends_with_the_last_of_them()
    {
        var shell = new FakeShell { KeepsListening = true };
        await using var login = new ListeningLogin(shell, portLimit: 3);
        Assert.True(login.TryTake());
        await login.LeaveAsync();
        Assert.True(login.TryTake());
        Assert.True(login.TryTake());
        Assert.False(login.TryTake());
        await login.LeaveAsync();
        Assert.False(shell.IsDisposed);
        Assert.False(login.PortsAreFree.IsCompleted);

        await login.LeaveAsync();

        Assert.True(shell.IsDisposed);
        Assert.True(login.HasEnded);
        Assert.True(login.PortsAreFree.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Where_ports_are_given_back_one_login_serves_for_all()
    {
        var shell = new FakeShell();
        await using var login = new ListeningLogin(shell, portLimit: 1);
        for (var port = 0; port < 100; port++)
        {
            Assert.True(login.TryTake());
            await login.LeaveAsync();
            Assert.True(login.PortsAreFree.IsCompletedSuccessfully);
        }

        Assert.False(shell.IsDisposed);
    }

    [Fact]
    public async Task A_port_that_is_refused_is_given_back()
    {
        var shell = new FakeShell { KeepsListening = true };
        await using var login = new ListeningLogin(shell, portLimit: 1);
        Assert.True(login.TryTake());

        await Assert.ThrowsAsync<NotSupportedException>(() => login.ListenAsync(50000, IPAddress.Loopback, TestContext.Current.CancellationToken));

        Assert.True(shell.IsDisposed);
    }

    /// <summary>Another version of the library may have it under another name; then it takes others' answers for its own again.</summary>
    [Fact]
    public void The_library_has_what_a_port_waits_for_where_it_is_looked_for() => Assert.NotNull(ReturnListener.Answered?.GetValue(new ForwardedPortRemote(1, "localhost", 1)) as EventWaitHandle);
}
