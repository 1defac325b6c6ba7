BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator -Imsi 001010000000001, 001010000000002
    Connect-Napter -Simulator $simulator
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Get-NapterPort' -Tag Integration {
    AfterEach { Get-Job | Remove-Job -Force; Get-NapterPort | Remove-NapterPort }

    It 'gives nothing where nothing is open' {
        Get-NapterPort | Should -BeNullOrEmpty
    }

    It 'gives one device''s ports by <_>' -ForEach 'Imsi', 'SimId' {
        $sim = $simulator.Sims[0]
        $null = New-NapterPort -Imsi 001010000000001 -DevicePort 80
        $null = New-NapterPort -Imsi 001010000000002 -DevicePort 81
        $given = @{ $_ = $sim.$_ }
        # An entry made by IMSI is listed by IMSI.
        $expected = if ($_ -eq 'Imsi') { 80 } else { @(Get-NapterPort -SimId $sim.SimId).DevicePort }
        (Get-NapterPort @given).DevicePort | Should -Be $expected
        @(Get-NapterPort).DevicePort | Sort-Object | Should -Be 80, 81
    }

    It 'joins what this process knows of its own ports, and -Owned asks nothing of SORACOM' {
        $null = Start-NapterFtpProxy 001010000000001 -Port 0 -PassivePortRange 0 -Name line 6> $null
        $null = New-NapterPort 001010000000002 80
        $port = Get-NapterPort | Where-Object Proxy -EQ line
        $port.Kind | Should -Be Control
        $port.Owned | Should -BeTrue
        $port.Tls | Should -BeTrue
        $port.Placement | Should -Be Tokyo
        (Get-NapterPort -Owned).Placement | Should -Be Tokyo
        $calls = $simulator.Counters.TotalApiCalls
        (Get-NapterPort -Owned).EndPoint | Should -Be $port.EndPoint
        $simulator.Counters.TotalApiCalls | Should -Be $calls
    }

    It 'has a table with the device, both ports and the expiry' {
        $null = New-NapterPort 001010000000001 80
        $text = Get-NapterPort | Format-Table | Out-String -Width 200
        $text | Should -Match 'Device\s+Port\s+EndPoint\s+Expires'
        $text | Should -Match '001010000000001\s+80\s+127\.0\.0\.1:\d+'
    }

    It 'refuses both an IMSI and a SIM ID' {
        $failure = Get-CommandError { Get-NapterPort -Imsi 001010000000001 -SimId 8981100000000000001 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'DeviceChosenTwice,*'
        $failure.CategoryInfo.Category | Should -Be InvalidArgument
    }

    It 'reports each bad device of a pipeline and goes on' {
        $null = New-NapterPort 001010000000001 80
        $in = @{ Imsi = 'x' }, @{ Imsi = '001010000000001' } | ForEach-Object { [pscustomobject] $_ }
        $out = $in | Get-NapterPort -ErrorAction Continue 2>&1
        $out[0].FullyQualifiedErrorId | Should -BeLike 'InvalidImsi,*'
        $out[0].TargetObject | Should -Be x
        $out[1].DevicePort | Should -Be 80
    }
}
