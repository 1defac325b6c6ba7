BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Remove-NapterPort' -Tag Integration {
    It 'deletes what is piped in' {
        $null = New-NapterPort $simulator.Imsi 80
        $null = New-NapterPort $simulator.Imsi 81
        Get-NapterPort | Where-Object DevicePort -EQ 80 | Remove-NapterPort
        (Get-NapterPort).DevicePort | Should -Be 81
        Get-NapterPort | Remove-NapterPort
        Get-NapterPort | Should -BeNullOrEmpty
    }

    It 'deletes an end point given as text' {
        $port = New-NapterPort $simulator.Imsi 80
        Remove-NapterPort "$($port.EndPoint)"
        Get-NapterPort | Should -BeNullOrEmpty
    }

    It 'deletes nothing with -WhatIf' {
        $port = New-NapterPort $simulator.Imsi 80
        $port | Remove-NapterPort -WhatIf
        (Get-NapterPort).EndPoint | Should -Be $port.EndPoint
        $port | Remove-NapterPort
    }

    It 'reports an entry that is not there and goes on with the next' {
        $port = New-NapterPort $simulator.Imsi 80
        $failure = Get-CommandError { Remove-NapterPort 192.0.2.1:1, $port.EndPoint }
        $failure.FullyQualifiedErrorId | Should -BeLike 'PortNotFound,*'
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
        Get-NapterPort | Should -BeNullOrEmpty
    }

    It 'ends a port that a proxy of this process holds, with its last event' {
        $job = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 6> $null
        Get-NapterPort | Remove-NapterPort
        Get-NapterPort -Owned | Should -BeNullOrEmpty
        Get-FtpText $job.ListenEndPoint README.txt | Should -Match 'simulated'
        $job | Remove-Job -Force
    }
}
