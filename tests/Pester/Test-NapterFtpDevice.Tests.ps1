BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Test-NapterFtpDevice' {
    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach @(
            'Imsi', 'SimId', 'Service', 'DevicePort', 'DevicePortMap', 'Connection', 'Credential', 'Encoding', 'Path', 'Upload', 'PortDuration', 'Quiet', 'Capture', 'Force', 'WhatIf'
        ) {
            Get-ParameterName Test-NapterFtpDevice | Should -Contain $_
        }

        It 'wants a device' {
            (Get-CommandError { Test-NapterFtpDevice }).FullyQualifiedErrorId | Should -BeLike 'DeviceMissing,*'
        }
    }

    Context 'a device that works' -Tag Integration {
        It 'passes every step, in order' {
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi
            $checks.Name | Should -Be 'SignIn', 'Sim', 'Ping', 'ControlPort', 'Gateway', 'Tls', 'Greeting', 'Login', 'Pasv', 'Epsv', 'DataConnection', 'Listing', 'Traits', 'Close'
            $checks.Status | Should -Not -Contain Failed
            $checks.Passed | Should -Not -Contain $false
            $checks[0].Duration | Should -BeOfType timespan
        }

        It 'writes and deletes a file with -Upload, but not with -WhatIf' {
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -Path log -Upload
            ($checks | Where-Object Name -In Upload, Delete).Status | Should -Be Passed, Passed
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -Upload -WhatIf
            ($checks | Where-Object Name -In Upload, Delete).Status | Should -Be Skipped, Skipped
            Get-ChildItem $simulator.RootPath -Recurse -Filter napterftp-test-* | Should -BeNullOrEmpty
        }

        It 'saves what passed with -Capture, with a warning that the password is in it' {
            $file = "$TestDrive/$($simulator.Imsi).pcap"
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -Capture "$TestDrive/{Imsi}.pcap" -Force -WarningVariable warned -WarningAction SilentlyContinue
            $checks.Status | Should -Not -Contain Failed
            $checks[-1].Name | Should -Be CaptureFile
            "$warned" | Should -Match password
            [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($file)) | Should -Match 'USER anonymous'
            if (-not $IsWindows) { (Get-Item $file).UnixMode | Should -Be '-rw-------' }
        }

        It 'records nothing without being told so, with -WhatIf, or several devices in one file' {
            $file = "$TestDrive/never.pcap"
            $unasked = Test-NapterFtpDevice -Imsi $simulator.Imsi -Capture $file | Where-Object Status -EQ Failed
            $unasked.Cause | Should -Be ConfirmationMissing
            $unasked.Advice | Should -BeLike '*-Force*'
            (Test-NapterFtpDevice -Imsi $simulator.Imsi -Capture $file -WhatIf | Where-Object Name -EQ Capture).Status | Should -Be Skipped
            $failure = Get-CommandError { $simulator.Imsi, $simulator.Imsi | ForEach-Object { [pscustomobject]@{ Imsi = $_ } } | Test-NapterFtpDevice -Capture $file -Force }
            $failure.FullyQualifiedErrorId | Should -BeLike 'CaptureFileShared,*'
            $file | Should -Not -Exist
        }

        It 'takes SIMs from the pipeline' {
            (Get-NapterSim | Test-NapterFtpDevice).SimId | Select-Object -Unique | Should -Be $simulator.SimId
        }

        It 'reaches the device through the router''s port that -DevicePortMap names' {
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -DevicePort 2100 -DevicePortMap '2100=21'
            $checks.Status | Should -Not -Contain Failed
            ($checks | Where-Object Name -EQ ControlPort).Detail | Should -BeLike "*port 2100 (the router's 21)*"
            ($checks | Copy-NapterFtpItem -Path '/log/*.csv' -Destination "$TestDrive/after" -MaxDevice 1).Status | Select-Object -Unique | Should -BeIn Copied, Skipped
        }

        It 'says with -Quiet whether all is well' {
            Test-NapterFtpDevice -Imsi $simulator.Imsi -Quiet | Should -BeTrue
            Test-NapterFtpDevice -Imsi $simulator.Imsi -DevicePort 1 -Quiet | Should -BeFalse
        }

        It 'leaves no port open, also where the pipeline wants no more' {
            $null = Test-NapterFtpDevice -Imsi $simulator.Imsi | Select-Object -First 4
            $limit = [Diagnostics.Stopwatch]::StartNew()
            while ($simulator.PortMappings) { if ($limit.Elapsed.TotalSeconds -gt 30) { throw 'Ports are open.' } }
        }
    }

    Context 'a device that does not' -Tag Integration {
        AfterEach {
            $simulator.Sims[0].Online = $true
            $simulator.Sims[0].Device.Faults.Clear()
        }

        It 'calls a wrong device port by its name, with advice, and skips what cannot be' {
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -DevicePort 1
            $failed = $checks | Where-Object Status -EQ Failed
            $failed.Name | Should -Be Greeting
            $failed.Cause | Should -Be WrongDevicePort
            $failed.Advice | Should -Match 'DevicePort'
            ($checks | Where-Object Name -EQ Login).Status | Should -Be Skipped
            ($checks | Where-Object Name -EQ Close).Status | Should -Be Passed
        }

        It 'calls a device without a session offline' {
            $simulator.Sims[0].Online = $false
            (Test-NapterFtpDevice -Imsi $simulator.Imsi | Where-Object Status -EQ Failed).Cause | Should -Be DeviceOffline
        }

        It 'warns of a duration that was probably meant in minutes' {
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -PortDuration 30
            ($checks | Where-Object Status -EQ Warning).Cause | Should -Be MinutesForSeconds
        }

        It 'makes a failed sign-in a check as well' {
            $closed = Connect-Napter -Simulator $simulator -PassThru
            Disconnect-Napter -Connection $closed
            $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -Connection $closed
            Connect-Napter -Simulator $simulator
            $checks[0].Cause | Should -Be ConnectionClosed
        }
    }

    It 'has a table and a list' -Tag Integration {
        $checks = Test-NapterFtpDevice -Imsi $simulator.Imsi -DevicePort 1
        $table = $checks | Format-Table | Out-String -Width 160
        $table | Should -Match 'Name\s+Status\s+Duration\s+Cause\s+Detail'
        $table | Should -Match 'Check -DevicePort'
        $checks | Format-List | Out-String | Should -Match 'Advice\s+:'
    }
}
