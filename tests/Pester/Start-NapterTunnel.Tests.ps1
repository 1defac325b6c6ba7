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
        It 'offers <_>' -ForEach 'Imsi', 'SimId', 'Service', 'DevicePort', 'DevicePortMap', 'Connection', 'Port', 'ListenAddress', 'SourceRange', 'PortDuration', 'AllowedClient', 'Name' {
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

        It 'reaches the device through the router''s port that -DevicePortMap names' {
            $job = Start-NapterTunnel $simulator.Imsi 80 -DevicePortMap '21=2121', "80=$web" 6> $null
            $job.Name | Should -Be "$($simulator.Imsi):80=$web"
            (Invoke-WebRequest "http://$($job.ListenEndPoint)/v1/port_mappings" -SkipHttpErrorCheck).StatusCode | Should -Be 401
            $simulator.PortMappings.DevicePort | Should -Be $web
            Get-NapterTunnel $job.Name | ForEach-Object { $_.DevicePort, $_.RouterPort } | Should -Be 80, $web
            Get-NapterPort -Owned | ForEach-Object { $_.DevicePort, $_.RouterPort } | Should -Be 80, $web
            Get-NapterPort | ForEach-Object { $_.DevicePort, $_.RouterPort } | Should -Be 80, $web
            Stop-NapterTunnel $job.Name
            Receive-Job $job | ForEach-Object { "$($_.DevicePort) $($_.RouterPort)" } | Sort-Object -Unique | Should -Be "80 $web"
        }

        It 'opens several ports at once, each with a tunnel of its own' {
            $jobs = Start-NapterTunnel $simulator.Imsi -DevicePort $web, 21 6> $null
            $jobs.Name | Should -Be "$($simulator.Imsi):$web", "$($simulator.Imsi):21"
            $jobs.ListenEndPoint | Select-Object -Unique | Should -HaveCount 2
            (Invoke-WebRequest "http://$($jobs[0].ListenEndPoint)/v1/port_mappings" -SkipHttpErrorCheck).StatusCode | Should -Be 401
            (Get-NapterTunnel).DevicePort | Sort-Object | Should -Be (21, $web | Sort-Object)
            $jobs | Stop-NapterTunnel
            (Start-NapterTunnel $simulator.Imsi -DevicePort $web, 21 -Name plant 6> $null).Name | Should -Be "plant:$web", 'plant:21'
        }

        It 'takes a local port for each, and starts the others where one cannot be had' {
            $taken = [Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
            $taken.Start()
            try {
                $failure = Get-CommandError { Start-NapterTunnel $simulator.Imsi -DevicePort $web, 21 -Port $taken.LocalEndpoint.Port, 0 }
                $failure.FullyQualifiedErrorId | Should -BeLike 'LocalPortInUse,*'
                (Get-NapterTunnel).DevicePort | Should -Be 21
            } finally { $taken.Stop() }
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
            @{ Name = 'two local ports for one of the device'; Id = 'ParametersContradict'; Parameters = @{ Imsi = '001010000000001'; Port = 0, 0 } }
            @{ Name = 'a map of unequal ranges'; Id = 'InvalidDevicePortMap'; Parameters = @{ Imsi = '001010000000001'; DevicePortMap = '1-3=4-5' } }
            @{ Name = 'a port that the map gives to another'; Id = 'DevicePortNotForwarded'; Parameters = @{ Imsi = '001010000000001'; DevicePortMap = '80=502' } }
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
