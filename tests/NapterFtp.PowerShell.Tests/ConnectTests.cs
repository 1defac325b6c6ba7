namespace NapterFtp.PowerShell.Tests;

/// <summary>What becomes of a connection when another takes its place.</summary>
public sealed class ConnectTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Fact]
    public void Connecting_again_ends_the_connection_that_nobody_can_reach_any_more()
    {
        _session.Run("$s = Start-NapterSimulator; Connect-Napter -Simulator $s; Get-NapterPort");
        Assert.Equal("1", LogoutsAfter("Connect-Napter -Simulator $s; Get-NapterPort"));
    }

    [Theory]
    [InlineData("$held = Connect-Napter -Simulator $s -PassThru", "Get-NapterPort -Connection $held")]
    [InlineData("Connect-Napter -Simulator $s; $j = Start-NapterFtpProxy $s.Imsi -Port 0 -PassivePortRange 0", "if ($j.State -ne 'Running') { throw $j.State }")]
    public void Connecting_again_leaves_a_connection_that_somebody_holds_or_that_something_runs_on(string first, string check)
    {
        _session.Run($"$s = Start-NapterSimulator; {first}");
        Assert.Equal("0", LogoutsAfter($"Connect-Napter -Simulator $s; {check}"));
    }

    [Fact]
    public void Connecting_again_in_the_middle_of_a_pipeline_leaves_the_command_its_connection()
    {
        _session.Run("$s = Start-NapterSimulator -Imsi 001010000000001, 001010000000002; Connect-Napter -Simulator $s");
        Assert.Equal("0", LogoutsAfter("$n = @(Get-NapterSim | ForEach-Object { Connect-Napter -Simulator $s -PassThru; Get-NapterPort }).Count"));
    }

    private string LogoutsAfter(string script)
    {
        _session.Run(script);
        Assert.Empty(_session.Errors);
        return _session.RunOne("\"$([int]$s.Counters.ApiCalls.Logout)\"").ToString();
    }
}
