using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Relay;

namespace NapterFtp.Core.Tests.Relay;

public sealed class LocalListenerTests
{
    [Fact]
    public void An_address_of_IPv6_on_a_machine_without_it_is_an_error_that_says_so()
    {
        var error = Assert.Throws<NapterFtpException>(() => LocalListener.Start(
            new IPEndPoint(IPAddress.IPv6Loopback, 2121), TimeProvider.System, NullLogger.Instance, _ => throw new SocketException((int)SocketError.AddressFamilyNotSupported)));

        Assert.Equal("LocalAddressNotAvailable", error.ErrorId);
        Assert.Equal(NapterFtpErrorKind.InvalidArgument, error.Kind);
        Assert.Equal("This machine has no IPv6, so that nothing can listen on [::1]:2121.", error.Message);
        Assert.Contains("-ListenAddress", error.Advice, StringComparison.Ordinal);
    }
}
