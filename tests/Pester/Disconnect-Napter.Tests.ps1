BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
}

AfterAll { Stop-NapterSimulator $simulator }

Describe 'Disconnect-Napter' -Tag Integration {
    BeforeEach { Connect-Napter -Simulator $simulator }
    AfterEach { Disconnect-Napter; Get-Job | Remove-Job -Force }

    It 'stops the proxies of the connection and closes its ports' {
        $job = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 6> $null
        $simulator.PortMappings.Count | Should -Be 1
        Disconnect-Napter
        $job.State | Should -Be Stopped
        $simulator.PortMappings.Count | Should -Be 0
    }

    It 'ends the connection piped in and leaves the current one' {
        $other = Connect-Napter -Simulator $simulator -PassThru
        Connect-Napter -Simulator $simulator
        $other | Disconnect-Napter
        (Get-CommandError { Get-NapterPort -Connection $other }).FullyQualifiedErrorId | Should -BeLike 'ConnectionClosed,*'
        Get-CommandError { Get-NapterPort } | Should -BeNullOrEmpty
    }

    It 'leaves everything as it is with -WhatIf' {
        $job = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 6> $null
        Disconnect-Napter -WhatIf
        $job.State | Should -Be Running
        (Get-NapterPort).Proxy | Should -Be $job.Name
    }

    It 'is content where there is nothing to end' {
        Disconnect-Napter
        Get-CommandError { Disconnect-Napter } | Should -BeNullOrEmpty
    }
}
