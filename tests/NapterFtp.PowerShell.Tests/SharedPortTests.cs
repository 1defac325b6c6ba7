using NapterFtp.Testing;

namespace NapterFtp.PowerShell.Tests;

/// <summary>What one command leaves to the next: a session and its ports within a pipeline, ports alone with -PortLinger.</summary>
public sealed class SharedPortTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ModuleSession _session = new();
    private readonly ScratchFolder _root = new();
    private readonly ScratchFolder _local = new();

    public SharedPortTests()
    {
        for (var i = 0; i < 3; i++)
        {
            TestData.WriteFile(_root.File($"{i}.dat"), 1000 + i, seed: i);
        }

        _session.Run(
            """
            $root, $out = $args
            $sim = Start-NapterSimulator -RootPath $root -DeviceProfile TinyPassiveRange
            $connection = Connect-Napter -Simulator $sim -PassThru
            $device = @{ Imsi = $sim.Imsi }
            """,
            _root.Path, _local.Path);
        Assert.Empty(_session.Errors);
    }

    public void Dispose()
    {
        _session.Run("Disconnect-Napter; Stop-NapterSimulator $sim");
        _session.Dispose();
        _root.Dispose();
        _local.Dispose();
    }

    [Theory]
    [InlineData("Get-NapterFtpItem @device -Path '/*.dat' | Copy-NapterFtpItem -Destination $out", 3)]
    [InlineData("Get-NapterFtpItem @device -Path '/*.dat' | Rename-NapterFtpItem -NewName { 'x' + $_.Name } -PassThru", 3)]
    [InlineData("Get-NapterFtpItem @device -Path '/*.dat' | Remove-NapterFtpItem; 1", 1)]
    public void A_listing_and_what_follows_it_in_the_pipeline_share_one_login_and_its_ports(string command, int results)
    {
        Assert.Equal(results, _session.Run(command).Count);
        Assert.Empty(_session.Errors);

        Assert.Equal(1, Number("$sim.Sims[0].Device.Counters.CountOf('USER')"));
        Assert.InRange(Number("$sim.Counters.EntriesCreated"), 2, 4);
        AssertNoPortStaysOpen();
    }

    [Fact]
    public void Commands_within_a_pipeline_share_one_login()
    {
        _session.Run("Get-NapterFtpItem @device -Path '/*.dat' | ForEach-Object { $_ | Copy-NapterFtpItem -Destination $out }");
        Assert.Empty(_session.Errors);

        // The listing's may still be in use.
        Assert.InRange(Number("$sim.Sims[0].Device.Counters.CountOf('USER')"), 1, 2);
        AssertNoPortStaysOpen();
    }

    [Fact]
    public void With_another_login_the_next_command_does_not_go_on_in_the_session()
    {
        _session.Run("$key = [securestring]::new(); $other = [pscredential]::new('other', $key); Get-NapterFtpItem @device -Path '/*.dat' | Copy-NapterFtpItem -Credential $other -Destination $out -Retry 0 -ErrorAction Ignore");

        Assert.Equal(2, Number("$sim.Sims[0].Device.Counters.CountOf('USER')"));
        AssertNoPortStaysOpen();
    }

    [Fact]
    public void Ports_linger_for_the_next_command_where_asked_for()
    {
        _session.Run("Get-NapterFtpItem @device -PortLinger 10m; Copy-NapterFtpItem @device -Path '/*.dat' -Destination $out -PortLinger 10m");
        Assert.Empty(_session.Errors);
        var created = Number("$sim.Counters.EntriesCreated");
        Assert.InRange(created, 4, 5);
        Assert.Equal(created, Number("@(Get-NapterPort -Owned -Connection $connection | Where-Object State -EQ Idle).Count"));

        _session.Run("Copy-NapterFtpItem @device -Path '/*.dat' -Destination $out");
        Assert.Empty(_session.Errors);

        Assert.Equal(created, Number("$sim.Counters.EntriesCreated"));
        AssertNoPortStaysOpen();
    }

    [Fact]
    public void Lingering_ports_are_closed_with_the_connection()
    {
        _session.Run("$null = Get-NapterFtpItem @device -PortLinger 10m; Disconnect-Napter");
        Assert.Empty(_session.Errors);

        Assert.Equal(0, Number("@($sim.PortMappings).Count"));
    }

    [Fact]
    public void A_lingering_port_that_SORACOM_has_closed_meanwhile_is_opened_anew()
    {
        _session.Run(
            """
            $first, $second = 1..2 | ForEach-Object { Connect-Napter -Simulator $sim -PassThru }
            $null = Get-NapterFtpItem @device -Connection $first -PortLinger 10m
            Get-NapterPort -Connection $second | Remove-NapterPort -Connection $second
            """);
        Assert.Empty(_session.Errors);
        Assert.Equal(0, Number("@($sim.PortMappings).Count"));
        var items = _session.Run("Get-NapterFtpItem @device -Connection $first -ConnectTimeout 1s");

        Assert.Empty(_session.Errors);
        Assert.Equal(3, items.Count);
    }

    private long Number(string script) => Convert.ToInt64(_session.RunOne(script).BaseObject, System.Globalization.CultureInfo.InvariantCulture);

    private void AssertNoPortStaysOpen() => Assert.True(SpinWait.SpinUntil(() => Number("@($sim.PortMappings).Count") == 0, Limit));
}
