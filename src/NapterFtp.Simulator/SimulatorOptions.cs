namespace NapterFtp.Simulator;

/// <summary>How a <see cref="NapterSimulator"/> behaves. What SORACOM leaves open about Napter is a setting here, so that
/// nothing is built on a guess.</summary>
public sealed class SimulatorOptions
{
    /// <summary>The SIMs of the account; one with its own sample folder by default.</summary>
    public IReadOnlyList<SimulatedSimOptions> Sims { get; init; } = [new()];

    /// <summary>The account that signs in.</summary>
    public SimulatedAccount Account { get; init; } = new();

    /// <summary>The clock of tokens, entries and the audit log. Latency, round trips and bandwidth are physical and always take real time.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long each API call takes: half of it passes before the call takes effect, half after.</summary>
    public TimeSpan ApiLatency { get; init; }

    /// <summary>API calls allowed in a minute before 429, as <see cref="ApiLimitScope"/> counts them; 0 for no limit. SORACOM tells its
    /// own numbers with each answer, and so does the simulator.</summary>
    public int ApiCallsPerMinute { get; init; }

    /// <summary>Which calls <see cref="ApiCallsPerMinute"/> counts together.</summary>
    public ApiLimitScope ApiLimitScope { get; init; }

    /// <summary>Entries in one page of <c>GET /port_mappings</c> where the call names no <c>limit</c>.</summary>
    public int PageSize { get; init; } = 100;

    /// <summary>An entry's duration where the call names none.</summary>
    public TimeSpan DefaultDuration { get; init; } = TimeSpan.FromSeconds(1800);

    /// <summary>The shortest duration accepted; SORACOM documents none.</summary>
    public TimeSpan MinimumDuration { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest duration accepted.</summary>
    public TimeSpan MaximumDuration { get; init; } = TimeSpan.FromHours(8);

    /// <summary>Entries one SIM may have at a time; 0 for no limit. SORACOM publishes no number.</summary>
    public int MaximumEntriesPerSim { get; init; }

    /// <summary>The entries' rendezvous point, in SORACOM's words: <c>default</c>, or a region such as <c>aws:eu-central-1</c>.</summary>
    public string Placement { get; init; } = "default";

    /// <summary>What an entry made without <c>source.ipRanges</c> lets in: "the caller's own address", which is any loopback address here.</summary>
    public IReadOnlyList<string> DefaultSourceRanges { get; init; } = ["127.0.0.0/8"];

    /// <summary>What becomes of an entry, or of its connections, for a SIM whose device is offline.</summary>
    public OfflineBehaviour DeviceOffline { get; init; } = OfflineBehaviour.CreateFails;

    /// <summary>How long after its making an entry begins to work; public tools connect at once.</summary>
    public TimeSpan EntryWorksAfter { get; init; }

    /// <summary>The round trip between gateway and device: a command and its reply through the gateway take this long. Each
    /// connection is made separately to the gateway, whose way is <see cref="UserRoundTrip"/>, and on to the device, which takes
    /// <see cref="ConnectRoundTrips"/>.</summary>
    public TimeSpan RoundTrip { get; init; }

    /// <summary>The round trip between user and gateway; the TLS handshake costs it too.</summary>
    public TimeSpan UserRoundTrip { get; init; }

    /// <summary>After how many <see cref="RoundTrip"/>s the device's program sees a new connection: 1.5 for TCP's three packets,
    /// which the first byte from there follows half a round trip later; 0.5 for the way of the first packet alone.</summary>
    public double ConnectRoundTrips { get; init; } = 1.5;

    /// <summary>Bytes a second that one SIM carries in each direction, all its connections together; 0 for no limit.</summary>
    public long Bandwidth { get; init; }

    /// <summary>What a new connection to a deleted entry meets. SORACOM documents that it times out.</summary>
    public ClosedEntryBehaviour AfterDelete { get; init; } = ClosedEntryBehaviour.Silent;

    /// <summary>What a new connection to an expired entry meets.</summary>
    public ClosedEntryBehaviour AfterExpiry { get; init; } = ClosedEntryBehaviour.Silent;

    /// <summary>What a connection from outside the entry's address ranges meets.</summary>
    public ClosedEntryBehaviour WhenDenied { get; init; } = ClosedEntryBehaviour.Silent;

    /// <summary>How long a port stays silent after its entry has ended, before the system may use its number again.</summary>
    public TimeSpan TombstoneTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many ended entries stay silent at a time; the oldest gives way.</summary>
    public int TombstoneLimit { get; init; } = 256;

    /// <summary>Whether live connections are reset when their entry expires.</summary>
    public bool CutAtExpiry { get; init; }

    /// <summary>Whether live connections are reset when their entry is deleted.</summary>
    public bool CutAtDelete { get; init; }

    /// <summary>What the user's connection meets where the device can't be reached.</summary>
    public UnreachableBehaviour DeviceUnreachable { get; init; } = UnreachableBehaviour.Reset;

    /// <summary>How long the gateway tries to reach a device.</summary>
    public TimeSpan DeviceConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections to one SIM in ten seconds before more are judged abuse and reset (audit <c>REFUSED</c>); 0 for no limit.</summary>
    public int AbuseLimit { get; init; }

    /// <summary>Live connections one entry carries; 0 for no limit. More are reset (audit <c>REFUSED</c>).</summary>
    public int MaximumConnectionsPerEntry { get; init; }

    /// <summary>How long after its making a packet capture session captures; at SORACOM some seconds to minutes.</summary>
    public TimeSpan PacketCaptureStartsAfter { get; init; }

    /// <summary>How long after its end a packet capture session's file is there.</summary>
    public TimeSpan PacketCaptureProcessing { get; init; }

    /// <summary>After how long without a byte the gateway resets a connection; zero for never.</summary>
    public TimeSpan IdleTimeout { get; init; }
}
