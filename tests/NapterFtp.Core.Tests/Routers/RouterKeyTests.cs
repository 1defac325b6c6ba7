using System.Net;
using System.Security.Cryptography;
using NapterFtp.Routers;

namespace NapterFtp.Core.Tests.Routers;

/// <summary>Private keys that a router is logged in to with.</summary>
public sealed class RouterKeyTests
{
    [Fact]
    public void A_key_in_PKCS_8_with_another_passphrase_is_said_to_be_unreadable_as_any_other()
    {
        using var rsa = RSA.Create(2048);
        var key = rsa.ExportEncryptedPkcs8PrivateKeyPem("right", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, iterationCount: 2048));
        RouterLogin With(string? phrase) => new("root", null, key, phrase is null ? null : new NetworkCredential("", phrase).SecurePassword);

        SshShell.CheckKey("key", With("right"));
        foreach (var phrase in new[] { "wrong", null })
        {
            var error = Assert.Throws<NapterFtpException>(() => SshShell.CheckKey("key", With(phrase)));
            Assert.Equal("RouterKeyUnreadable", error.ErrorId);
        }
    }
}
