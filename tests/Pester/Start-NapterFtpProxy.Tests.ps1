BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    $proxy = @{ Imsi = $simulator.Imsi; Port = 0; PassivePortRange = '0'; InformationAction = 'Ignore' }
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Start-NapterFtpProxy' {
    AfterEach { Get-Job | Remove-Job -Force }

    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach @(
            'Imsi', 'SimId', 'Service', 'DevicePort', 'DevicePortMap', 'Connection', 'Port', 'ListenAddress', 'PassivePortRange', 'PassiveAddress'
            'SourceRange', 'PortDuration', 'PortLinger', 'AllowedClient', 'MaxSession', 'IdleTimeout', 'TlsCertificate', 'Name', 'Fleet', 'AllowedDevice'
        ) {
            Get-ParameterName Start-NapterFtpProxy | Should -Contain $_
        }

        It 'knows -<Alias> as -<Name>' -ForEach @(
            @{ Alias = 'LocalPort'; Name = 'Port' }
            @{ Alias = 'RemotePort'; Name = 'DevicePort' }
        ) {
            (Get-Command Start-NapterFtpProxy).Parameters[$Name].Aliases | Should -Contain $Alias
        }
    }

    Context 'bad input' -Tag Integration {
        It 'refuses <Address>, which PASV could not name or no client connect to, before anything is opened' -ForEach @(
            @{ Address = '::1'; Advice = '-PassiveAddress an IPv4 address' }
            @{ Address = '0.0.0.0'; Advice = '-PassiveAddress the address that clients know this computer by' }
        ) {
            $failure = Get-CommandError { Start-NapterFtpProxy @proxy -PassiveAddress $Address }
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidPassiveAddress,*'
            $failure.CategoryInfo.Category | Should -Be InvalidArgument
            $failure.ErrorDetails.RecommendedAction | Should -Match $Advice
            $simulator.Counters.EntriesCreated | Should -Be 0
        }
    }

    Context 'the job' -Tag Integration {
        It 'runs, and tells the real port' {
            $job = Start-NapterFtpProxy @proxy -Name line
            $job | Should -BeOfType Management.Automation.Job
            $job.State | Should -Be Running
            $job.Name | Should -Be line
            $job.ListenEndPoint.Port | Should -BeGreaterThan 0
            Get-Job line | Should -Be $job
        }

        It 'gives one event for each step of each port, with command, bytes and duration' {
            $job = Start-NapterFtpProxy @proxy
            $text = Get-FtpText $job.ListenEndPoint log/2024-04-02.csv
            Stop-NapterFtpProxy $job.Name
            $steps = Receive-Job $job
            $data = $steps | Where-Object Kind -EQ Data
            $data.State | Should -Be Opening, Open, Connected, Closing, Closed
            $data[-1].Command | Should -Be 'RETR log/2024-04-02.csv'
            $data[-1].BytesFromDevice | Should -Be $text.Length
            $data[-1].Duration | Should -BeGreaterThan ([timespan]::Zero)
            foreach ($port in $steps | Group-Object PortId) {
                @($port.Group.State -in 'Closed', 'Failed' -eq $true).Count | Should -Be 1
            }
            $steps | ForEach-Object { $_.PSTypeNames[0] } | Select-Object -Unique | Should -Be NapterFtp.NapterPortEvent
            $job.HasMoreData | Should -BeFalse
            $simulator.PortMappings | Should -BeNullOrEmpty
        }

        It 'reaches the device through the router''s port that -DevicePortMap names' {
            $job = Start-NapterFtpProxy @proxy -DevicePort 2100 -DevicePortMap '2100=21'
            $job.Name | Should -Be "$($simulator.Imsi):2100=21"
            (Get-FtpText $job.ListenEndPoint log/2024-04-02.csv).Length | Should -BeGreaterThan 0
            Get-NapterFtpProxy $job.Name | ForEach-Object { $_.DevicePort, $_.RouterPort } | Should -Be 2100, 21
            Stop-NapterFtpProxy $job.Name
            $steps = Receive-Job $job
            ($steps | Where-Object Kind -EQ Control).RouterPort | Select-Object -Unique | Should -Be 21
            # The device's data ports have the same numbers at the router.
            ($steps | Where-Object Kind -EQ Data).RouterPort | Select-Object -Unique | Should -BeNullOrEmpty
        }

        It 'refuses a map that says two things of one port, before anything is opened' {
            $created = $simulator.Counters.EntriesCreated
            $failure = Get-CommandError { Start-NapterFtpProxy @proxy -DevicePortMap '21=2121', '20-22=3020-3022' }
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidDevicePortMap,*'
            $failure.CategoryInfo.Category | Should -Be InvalidArgument
            "$failure" | Should -Match "port 21 is in '20-22=3020-3022' too"
            $simulator.Counters.EntriesCreated | Should -Be $created
        }

        It 'is followed to its end by Receive-Job -Wait' {
            $job = Start-NapterFtpProxy @proxy
            $stopper = [powershell]::Create().AddScript({ param($job) $job.StopJob() }).AddArgument($job)
            $stopping = $null
            $states = $job | Receive-Job -Wait | ForEach-Object {
                if (-not $stopping) { $stopping = $stopper.BeginInvoke() }
                $_.State
            }
            $stopper.EndInvoke($stopping)
            $states | Should -Be Opening, Open, Closing, Closed
            $job.State | Should -Be Stopped
        }

        It 'leaves its output to the next receiver with Receive-Job -Keep' {
            $job = Start-NapterFtpProxy @proxy
            Stop-Job $job
            $kept = @(Receive-Job $job -Keep)
            @(Receive-Job $job).Count | Should -Be $kept.Count
            Receive-Job $job | Should -BeNullOrEmpty
            Wait-Job $job | Remove-Job
            Get-Job | Should -BeNullOrEmpty
        }

        It 'closes its ports when <_>' -ForEach 'Stop-Job', 'Remove-Job -Force' {
            $job = Start-NapterFtpProxy @proxy
            & ([scriptblock]::Create("`$args[0] | $_")) $job
            $job.State | Should -Be Stopped
            $simulator.PortMappings | Should -BeNullOrEmpty
        }

        It 'takes several devices from the pipeline, under names of their own' {
            $jobs = $proxy.Imsi, $proxy.Imsi | ForEach-Object { [pscustomobject]@{ Imsi = $_; DevicePort = 21 } } |
                Start-NapterFtpProxy -Port 0 -PassivePortRange 0 6> $null
            $jobs.Name | Should -Be "$($proxy.Imsi):21", "$($proxy.Imsi):21#2"
        }

        It 'takes SIMs from the pipeline' {
            (Get-NapterSim | Start-NapterFtpProxy -Port 0 -PassivePortRange 0 6> $null).SimId | Should -Be $simulator.SimId
        }

        It 'tells the person at the console where to connect' {
            $said = Start-NapterFtpProxy -Imsi $proxy.Imsi -Port 0 -PassivePortRange 0 6>&1
            "$($said[0])" | Should -Match ([regex]::Escape($said[1].ListenEndPoint))
        }

        It 'keeps the FTP dialogue for Receive-Job with -Verbose, without the password' {
            $job = Start-NapterFtpProxy @proxy -Verbose 4> $null
            $null = Get-FtpText $job.ListenEndPoint README.txt
            Stop-Job $job
            $text = Receive-Job $job -Verbose 4>&1 | Out-String
            $text | Should -Match 'RETR README.txt'
            $text | Should -Not -Match 'anonymous@'
        }

        It 'starts nothing with -WhatIf' {
            Start-NapterFtpProxy @proxy -WhatIf | Should -BeNullOrEmpty
            $simulator.PortMappings | Should -BeNullOrEmpty
        }
    }

    Context 'bad input' -Tag Integration {
        It 'refuses <Name> with <Id>' -ForEach @(
            @{ Name = 'both an IMSI and a SIM ID'; Id = 'DeviceChosenTwice'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '001010000000001'; SimId = '8981100000000000001' } }
            @{ Name = 'no device'; Id = 'DeviceMissing'; Category = 'InvalidArgument'; Parameters = @{ } }
            @{ Name = 'an IMSI that is none'; Id = 'InvalidImsi'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '1' } }
            @{ Name = 'Arc for an IMSI'; Id = 'ServiceWithoutSimId'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '001010000000001'; Service = 'Arc' } }
            @{ Name = 'an unknown IMSI'; Id = 'DeviceNotFound'; Category = 'ObjectNotFound'; Parameters = @{ Imsi = '999999999999999' } }
            @{ Name = 'a device beside -Fleet'; Id = 'DeviceWithFleet'; Category = 'InvalidArgument'; Parameters = @{ Fleet = $true; Imsi = '001010000000001' } }
            @{ Name = '-AllowedDevice without -Fleet'; Id = 'AllowedDeviceWithoutFleet'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '001010000000001'; AllowedDevice = '*' } }
            @{ Name = 'a fleet that the network reaches, without -AllowedDevice'; Id = 'FleetNotLimited'; Category = 'InvalidArgument'; Parameters = @{ Fleet = $true; ListenAddress = '0.0.0.0'; AllowedClient = '127.0.0.0/8' } }
            @{ Name = 'a fleet that the network reaches, without -AllowedClient'; Id = 'FleetNotLimited'; Category = 'InvalidArgument'; Parameters = @{ Fleet = $true; ListenAddress = '0.0.0.0'; AllowedDevice = '*' } }
            @{ Name = 'an allowed device that is no pattern'; Id = 'InvalidWildcard'; Category = 'InvalidArgument'; Parameters = @{ Fleet = $true; AllowedDevice = 'a[z-a]' } }
            @{ Name = 'an address that is not ours'; Id = 'LocalAddressNotAvailable'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '001010000000001'; ListenAddress = '192.0.2.1' } }
            @{ Name = 'a passive range that is none'; Id = 'InvalidPassivePortRange'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '001010000000001'; PassivePortRange = '9-' } }
            @{ Name = 'a range of addresses that is none'; Id = 'InvalidAddressRange'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '001010000000001'; SourceRange = 'all' } }
            @{ Name = 'a client that is no address'; Id = 'InvalidAddressRange'; Category = 'InvalidArgument'; Parameters = @{ Imsi = '001010000000001'; AllowedClient = '10' } }
        ) {
            $failure = Get-CommandError { Start-NapterFtpProxy -Port 0 @Parameters }
            $failure.FullyQualifiedErrorId | Should -Be "$Id,NapterFtp.PowerShell.Commands.StartNapterFtpProxyCommand"
            $failure.CategoryInfo.Category | Should -Be $Category
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $simulator.PortMappings | Should -BeNullOrEmpty
        }

        It 'names the local port that is in use' {
            $job = Start-NapterFtpProxy @proxy
            $failure = Get-CommandError { Start-NapterFtpProxy $proxy.Imsi -Port $job.ListenEndPoint.Port }
            $failure.CategoryInfo.Category | Should -Be ResourceBusy
            "$failure" | Should -Match "$($job.ListenEndPoint.Port)"
        }

        It 'refuses a name in use' {
            $null = Start-NapterFtpProxy @proxy -Name line
            (Get-CommandError { Start-NapterFtpProxy @proxy -Name line }).FullyQualifiedErrorId | Should -BeLike 'NameInUse,*'
        }

        It 'warns of passwords in clear on an address that others reach' {
            $null = Start-NapterFtpProxy @proxy -ListenAddress 0.0.0.0 -WarningVariable warned -WarningAction SilentlyContinue
            "$warned" | Should -Match 'TlsCertificate'
        }

        It 'ends the script with -ErrorAction Stop' {
            { Start-NapterFtpProxy -Imsi 1 -ErrorAction Stop } | Should -Throw -ErrorId 'InvalidImsi,*'
        }
    }

    Context 'a fleet' -Tag Integration {
        BeforeAll {
            Disconnect-Napter
            $devices = Start-NapterSimulator -Imsi 001010000000011, 001010000000012
            Connect-Napter -Simulator $devices
            function Get-DeviceText([Net.IPEndPoint] $Server, [string] $Login, [string] $Path) {
                $request = [Net.WebRequest]::Create("ftp://$Server/$Path")
                $request.Credentials = [Net.NetworkCredential]::new($Login, 'secret')
                $request.KeepAlive = $false
                $response = $request.GetResponse()
                try { [IO.StreamReader]::new($response.GetResponseStream()).ReadToEnd() } finally { $response.Dispose() }
            }
        }

        AfterAll {
            Disconnect-Napter
            Stop-NapterSimulator $devices
            Connect-Napter -Simulator $simulator
        }

        It 'opens no port before a client comes, then one for the device of its login' {
            $job = Start-NapterFtpProxy -Fleet -Port 0 -PassivePortRange 0 -AllowedDevice '*12' -Verbose 4> $null 6> $null
            $job.Name | Should -Be 'fleet:21'
            $devices.Counters.EntriesCreated | Should -Be 0
            Get-DeviceText $job.ListenEndPoint 'anonymous@001010000000012' README.txt | Should -Not -BeNullOrEmpty

            $shown = Get-NapterFtpProxy
            "$($shown.Imsi)$($shown.SimId)" | Should -BeNullOrEmpty
            $shown.TotalSessions | Should -Be 1
            $shown.BytesFromDevice | Should -BeGreaterThan 0
            { Get-DeviceText $job.ListenEndPoint 'anonymous@001010000000011' README.txt } | Should -Throw '*530*'

            Stop-NapterFtpProxy $job.Name
            $devices.PortMappings | Should -BeNullOrEmpty
            $said = Receive-Job $job -Verbose 3>&1 4>&1
            ($said | Where-Object { $_.PSTypeNames[0] -eq 'NapterFtp.NapterPortEvent' }).Imsi | Select-Object -Unique | Should -Be 001010000000012
            "$said" | Should -Match 'USER anonymous@001010000000012'
            "$said" | Should -Not -Match 'secret'
        }

        It 'takes no devices from the pipeline' {
            (Get-CommandError { Get-NapterSim | Start-NapterFtpProxy -Fleet -Port 0 }).FullyQualifiedErrorId | Should -BeLike 'DeviceWithFleet,*'
        }
    }
}
