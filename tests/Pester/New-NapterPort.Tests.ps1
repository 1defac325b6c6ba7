BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'New-NapterPort' -Tag Integration {
    AfterEach { Get-NapterPort | Remove-NapterPort }

    It 'makes an entry over TLS for half an hour' {
        $port = New-NapterPort -Imsi $simulator.Imsi -DevicePort 80
        $port.Tls | Should -BeTrue
        $port.ExpiresAt - $port.CreatedAt | Should -Be ([timespan]::FromMinutes(30))
        (Get-NapterPort).EndPoint | Should -Be $port.EndPoint
    }

    It 'makes it as asked' {
        $port = New-NapterPort -SimId $simulator.SimId -RemotePort 502 -Duration 5m -SourceRange 127.0.0.0/8 -NoTls
        $port.SimId | Should -Be $simulator.SimId
        $port.DevicePort | Should -Be 502
        $port.Tls | Should -BeFalse
        $port.SourceRange | Should -Be 127.0.0.0/8
        $port.ExpiresAt - $port.CreatedAt | Should -Be ([timespan]::FromMinutes(5))
    }

    It 'takes SIMs from the pipeline' {
        (Get-NapterSim | New-NapterPort -DevicePort 80).SimId | Should -Be $simulator.SimId
    }

    It 'stays after the connection that made it' {
        $port = New-NapterPort $simulator.Imsi 80
        Disconnect-Napter
        $simulator.PortMappings.EndPoint | Should -Be $port.EndPoint
        Connect-Napter -Simulator $simulator
    }

    It 'makes nothing with -WhatIf' {
        New-NapterPort $simulator.Imsi 80 -WhatIf | Should -BeNullOrEmpty
        $simulator.PortMappings | Should -BeNullOrEmpty
    }

    It 'refuses more than 8 hours' {
        (Get-CommandError { New-NapterPort $simulator.Imsi 80 -Duration 9h }).FullyQualifiedErrorId |
            Should -BeLike 'ParameterArgumentValidationError,*'
    }

    It 'says which device it does not know' {
        $failure = Get-CommandError { New-NapterPort 999999999999999 80 }
        $failure.FullyQualifiedErrorId | Should -BeLike 'DeviceNotFound,*'
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
        "$($failure.TargetObject)" | Should -Be 999999999999999
    }
}
