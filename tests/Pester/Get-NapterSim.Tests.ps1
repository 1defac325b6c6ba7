BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator -Imsi 001010000000001, 001010000000002
    $simulator.Sims[1].Online = $false
    Connect-Napter -Simulator $simulator
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Get-NapterSim' -Tag Integration {
    It 'gives all SIMs' {
        (Get-NapterSim).SimId | Should -Be $simulator.Sims.SimId
    }

    It 'gives those of a name, with wildcards' {
        (Get-NapterSim simulated-device-2).Imsi | Should -Be '001010000000002'
        @(Get-NapterSim *DEVICE*).Count | Should -Be 2
        @(Get-NapterSim device).Count | Should -Be 0
    }

    It 'tells online from offline' {
        (Get-NapterSim -Online).Imsi | Should -Be '001010000000001'
        (Get-NapterSim -Online:$false).Imsi | Should -Be '001010000000002'
    }

    It 'gives those of a group, or of several' {
        $simulator.Sims[0].GroupId, $simulator.Sims[1].GroupId = '6f1c-tokyo', '9a2b-osaka'
        (Get-NapterSim -GroupId 9A2B-OSAKA).Imsi | Should -Be '001010000000002'
        (Get-NapterSim -GroupId 6f1c-tokyo, 9a2b-osaka -Online).GroupId | Should -Be '6f1c-tokyo'
        @(Get-NapterSim -GroupId 6f1c).Count | Should -Be 0
        (Get-NapterSim).Count | Should -Be 2
    }

    It 'fills -Imsi and -SimId of the other cmdlets' {
        $null = New-NapterPort -SimId $simulator.SimId -DevicePort 80
        (Get-NapterSim simulated-device | Get-NapterPort).DevicePort | Should -Be 80
        Get-NapterPort | Remove-NapterPort
    }

    It 'completes IMSIs by number and by name' {
        foreach ($typed in '0010100000000', 'simulated') {
            $line = "Get-NapterPort -Imsi $typed"
            $found = (TabExpansion2 $line $line.Length).CompletionMatches
            $found.CompletionText | Should -Be '001010000000001', '001010000000002'
            $found[0].ToolTip | Should -Match 'simulated-device, online'
        }
    }
}
