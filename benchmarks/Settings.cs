namespace NapterFtp.Benchmarks;

/// <summary>How much to measure.</summary>
internal sealed record Settings
{
    /// <summary>Runs that count, of each contestant.</summary>
    public int Runs { get; init; } = 5;

    /// <summary>Bytes moved in one run.</summary>
    public long BulkBytes { get; init; } = 1L << 30;

    /// <summary>Files pulled in one run.</summary>
    public int SmallFiles { get; init; } = 200;

    /// <summary>Files in the largest pull from one device.</summary>
    public int MostFiles { get; init; } = 10_000;

    /// <summary>Devices in the largest fleet.</summary>
    public int MostDevices { get; init; } = 200;

    /// <summary>A quarter of everything or less, for a first look.</summary>
    public static Settings Quick { get; } = new() { Runs = 2, BulkBytes = 1L << 28, SmallFiles = 50, MostFiles = 1000, MostDevices = 50 };
}
