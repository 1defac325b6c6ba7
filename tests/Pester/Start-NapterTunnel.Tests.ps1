BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    # A device's port other than FTP's leads to the same host at that port: the simulated API serves as the device's web server.
    $web = $simulator.ApiEndPoint.Port
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Start-NapterTunnel' {
    AfterEach { Get-Job | Remove-Job -Force }

    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach 'Imsi', 'SimId', 'Service', 'DevicePort', 'Connection', 'Port', 'ListenAddress', 'SourceRange', 'PortDuration', 'AllowedClient', 'Name' {
            Get-ParameterName Start-NapterTunnel | Should -Contain $_
        }
    }

    Context 'the job' -Tag Integration {
        It 'reaches a web server on the device' {
            $job = Start-NapterTunnel $simulator.Imsi $web 6> $null
            $answer = Invoke-WebRequest "http://$($job.ListenEndPoint)/v1/port_mappings" -SkipHttpErrorCheck
            $answer.StatusCode | Should -Be 401
            Stop-NapterTunnel $job.Name
            $steps = Receive-Job $job
            $steps.Kind | Sort-Object -Unique | Should -Be Tunnel
            $steps[-1].State | Should -Be Closed
            $steps[-1].BytesFromDevice | Should -BeGreaterThan 0
            $simulator.PortMappings | Should -BeNullOrEmpty
        }

        It 'tells where to connect' {
            $job = Start-NapterTunnel $simulator.Imsi $web -InformationVariable said 6> $null
            $job | Should -BeOfType Management.Automation.Job
            "$said" | Should -Match ([regex]::Escape($job.ListenEndPoint))
        }

        It 'starts nothing with -WhatIf' {
            Start-NapterTunnel $simulator.Imsi $web -WhatIf | Should -BeNullOrEmpty
            $simulator.PortMappings | Should -BeNullOrEmpty
        }

        It 'takes devices from the pipeline' {
            (Get-NapterSim | Start-NapterTunnel -DevicePort $web 6> $null).SimId | Should -Be $simulator.SimId
        }
    }

    Context 'bad input' -Tag Integration {
        It 'refuses <Name> with <Id>' -ForEach @(
            @{ Name = 'no device'; Id = 'DeviceMissing'; Parameters = @{ } }
            @{ Name = 'an unknown IMSI'; Id = 'DeviceNotFound'; Parameters = @{ Imsi = '999999999999999' } }
            @{ Name = 'an address that is not ours'; Id = 'LocalAddressNotAvailable'; Parameters = @{ Imsi = '001010000000001'; ListenAddress = '192.0.2.1' } }
        ) {
            $failure = Get-CommandError { Start-NapterTunnel -DevicePort 502 @Parameters }
            $failure.FullyQualifiedErrorId | Should -Be "$Id,NapterFtp.PowerShell.Commands.StartNapterTunnelCommand"
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'warns where anybody on the network could reach the device' {
            $null = Start-NapterTunnel $simulator.Imsi $web -ListenAddress 0.0.0.0 -WarningVariable warned -WarningAction SilentlyContinue 6> $null
            "$warned" | Should -Match 'AllowedClient'
        }
    }
}
