using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using NapterFtp.Soracom;

namespace NapterFtp;

/// <summary>How to sign in to SORACOM and how to treat its API.</summary>
internal sealed record NapterConnectionOptions
{
    /// <summary>As whom; null to look in the environment, then for soracom-cli's default profile.</summary>
    public SoracomCredential? Credential { get; init; }

    /// <summary>Null to look in the environment, then in the profile; else Japan.</summary>
    public SoracomCoverage? Coverage { get; init; }

    /// <summary>The API's end point without <c>/v1</c>; null for the coverage's.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>A PEM file of CA certificates trusted for the API and the gateway beside the system's; null for none.</summary>
    public string? TrustedRootPath { get; init; }

    /// <summary>The proxy to go out through, for the API and the gateway; null for what the environment or the system names.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>The login at the proxy; null for none.</summary>
    public NetworkCredential? ProxyCredential { get; init; }

    /// <summary>How long each token lives, 3 minutes to 48 hours; null for the profile's choice, else SORACOM's own of 24 hours.</summary>
    public TimeSpan? TokenTimeout { get; init; }

    /// <summary>The current code of the user's authenticator.</summary>
    public string? MfaCode { get; init; }

    /// <summary>How many API calls may reach SORACOM in any second, 1 to 1000; null for as many as SORACOM's answers allow.</summary>
    public int? ApiCallsPerSecond { get; init; }

    /// <summary>How long connecting to the API may take, TLS included.</summary>
    public TimeSpan ApiConnectLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one attempt of an API call may take, connecting included.</summary>
    public TimeSpan ApiAttemptLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>The clock of every wait.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public ILoggerFactory Loggers { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Whether open ports are noted; those of a simulator end with it.</summary>
    public bool KeepsJournal { get; init; } = true;

    /// <summary>Where open ports are noted for the case of a crash; null for the user's state folder.</summary>
    public string? JournalFolder { get; init; }

    /// <summary>Gives environment variables.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Takes the network's place in tests.</summary>
    public HttpMessageHandler? Handler { get; init; }

    /// <summary>Never what a record would say, as that holds a code.</summary>
    public override string ToString() => nameof(NapterConnectionOptions);
}

/// <summary>SORACOM's coverage types; each has an API of its own.</summary>
public enum SoracomCoverage
{
    /// <summary>Japan coverage, <c>https://api.soracom.io</c>.</summary>
    Japan,

    /// <summary>Global coverage, <c>https://g.api.soracom.io</c>.</summary>
    Global,
}
