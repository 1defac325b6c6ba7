using System.Management.Automation;

namespace NapterFtp.PowerShell.Tests;

public sealed class ConnectTests : IDisposable
{
    private readonly ModuleSession _session = new();

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData("Connect-Napter -Simulator -PassThru")]
    [InlineData("Connect-Napter -Simulator $s -PassThru")]
    [InlineData("$s | Connect-Napter -PassThru")]
    [InlineData("Connect-Napter -Endpoint $s.ApiEndPoint -AuthKeyId $s.AuthKeyId -AuthKey (Secure $s.AuthKey) -PassThru")]
    [InlineData("Connect-Napter -Endpoint $s.ApiEndPoint -Credential ([pscredential]::new($s.Email, (Secure $s.Password))) -PassThru")]
    public void Every_way_to_sign_in_connects_to_the_simulator(string command)
    {
        var connection = _session.RunOne($"{Secure}; $s = Start-NapterSimulator; {command}");
        Assert.Equal("OP0000000001", connection.Text("OperatorId"));
        Assert.Empty(_session.Run("Get-NapterPort"));
        Assert.Empty(_session.Errors);
    }

    [Fact]
    public void A_wrong_password_ends_the_command_with_what_to_do()
    {
        var error = _session.RunToError(
            $"{Secure}; $s = Start-NapterSimulator; Connect-Napter -Endpoint $s.ApiEndPoint -Credential ([pscredential]::new($s.Email, (Secure 'wrong')))");
        Assert.Equal(ErrorCategory.AuthenticationError, error.CategoryInfo.Category);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
        Assert.DoesNotContain("wrong", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Connect-Napter -AuthKeyId a -AuthKey (Secure 'b') -Endpoint http://api.example.com", "EndpointNotSecure", ErrorCategory.SecurityError)]
    [InlineData("Connect-Napter -AuthKeyId a -AuthKey (Secure 'b') -TrustedRootPath ./nowhere.pem", "TrustedRootUnreadable", ErrorCategory.OpenError)]
    [InlineData("Connect-Napter -AuthKeyId a -AuthKey (Secure 'b') -Endpoint http://127.0.0.1:1", "SoracomUnreachable", ErrorCategory.ConnectionError)]
    [InlineData("Connect-Napter -ProfileName no-such-profile", "ProfileNotFound", ErrorCategory.ObjectNotFound)]
    public void Bad_input_is_refused_with_what_to_do(string command, string id, ErrorCategory category)
    {
        var error = _session.RunToError($"{Secure}; {command}");
        Assert.Equal($"{id},NapterFtp.PowerShell.Commands.ConnectNapterCommand", error.FullyQualifiedErrorId);
        Assert.Equal(category, error.CategoryInfo.Category);
        Assert.NotEmpty(error.ErrorDetails.RecommendedAction);
    }

    [Fact]
    public void Disconnecting_stops_the_proxies_and_closes_the_ports_of_the_connection()
    {
        _session.Run("$s = Start-NapterSimulator; Connect-Napter -Simulator $s; $j = Start-NapterFtpProxy $s.Imsi -Port 0 -PassivePortRange 0");
        Assert.Equal("1", _session.RunOne("$s.PortMappings.Count").ToString());
        Assert.Equal("Stopped 0", _session.RunOne("Disconnect-Napter; \"$($j.State) $($s.PortMappings.Count)\"").ToString());
        Assert.Empty(_session.Errors);
    }

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
        return _session.RunOne("\"$([int]@($s.Counters.ApiCalls.GetEnumerator() | Where-Object Key -EQ Logout).Value)\"").ToString();
    }

    [Fact]
    public void What_if_leaves_the_connection_alone()
    {
        _session.Run("$s = Start-NapterSimulator; Connect-Napter -Simulator $s; Disconnect-Napter -WhatIf");
        Assert.Empty(_session.Run("Get-NapterPort"));
        Assert.Empty(_session.Errors);
    }

    [Fact]
    public void Removing_the_module_closes_every_port()
    {
        var result = _session.RunOne(
            "$s = Start-NapterSimulator; Connect-Napter -Simulator $s; $j = Start-NapterFtpProxy $s.Imsi -Port 0 -PassivePortRange 0; "
            + "Remove-Module NapterFtp; \"$($j.State) $($s.Counters.EntriesCreated) $($s.Counters.EntriesDeleted)\"");
        Assert.Equal("Stopped 1 1", result.ToString());
    }

    [Fact]
    public void Closing_the_runspace_closes_every_port()
    {
        using var other = new ModuleSession();
        var simulator = other.RunOne("Start-NapterSimulator");
        _session.Run("Connect-Napter -Simulator $args[0]; Start-NapterFtpProxy $args[0].Imsi -Port 0 -PassivePortRange 0", simulator.BaseObject);
        Assert.Equal("1", other.RunOne("$args[0].PortMappings.Count", simulator).ToString());
        _session.Runspace.Close();
        Assert.Equal("0", other.RunOne("$args[0].PortMappings.Count", simulator).ToString());
    }

    private const string Secure =
        "function Secure([string] $text) { $s = [securestring]::new(); foreach ($c in $text.ToCharArray()) { $s.AppendChar($c) }; $s }";
}
