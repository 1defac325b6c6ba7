BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Stop-NapterTunnel' -Tag Integration {
    AfterEach { Get-Job | Remove-Job -Force }

    It 'stops by <Name>' -ForEach @(
        @{ Name = 'name'; Stop = { Stop-NapterTunnel web } }
        @{ Name = 'wildcard'; Stop = { Stop-NapterTunnel w* } }
        @{ Name = 'a piped job'; Stop = { $job | Stop-NapterTunnel } }
        @{ Name = 'a piped tunnel'; Stop = { Get-NapterTunnel | Stop-NapterTunnel -Drain 5s } }
    ) {
        $job = Start-NapterTunnel $simulator.Imsi 80 -Name web 6> $null
        & $Stop
        $job.State | Should -Be Stopped
        $simulator.PortMappings | Should -BeNullOrEmpty
    }

    It 'leaves proxies alone' {
        $proxy = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 6> $null
        Stop-NapterTunnel *
        $proxy.State | Should -Be Running
    }

    It 'stops nothing with -WhatIf' {
        $job = Start-NapterTunnel $simulator.Imsi 80 -Name web 6> $null
        Stop-NapterTunnel web -WhatIf
        $job.State | Should -Be Running
    }
}
