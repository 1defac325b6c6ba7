BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Join-Path $TestDrive 'device'
    $null = New-Item -ItemType Directory "$root/log" -Force
    1..5 | ForEach-Object { Set-Content "$root/log/$_.csv" "line $_" }
    $simulator = Start-NapterSimulator -RootPath $root
    Connect-Napter -Simulator $simulator
}

AfterAll {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'Copy-NapterFtpItem' {
    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach @(
            'DevicePortMap', 'Path', 'LiteralPath', 'Destination', 'ToDevice', 'Recurse', 'Filter', 'Include', 'Exclude', 'ModifiedAfter', 'IfExists'
            'RemoveSource', 'Retry', 'RetryInterval', 'ThrottleLimit', 'SessionLimit', 'Hash', 'Credential', 'Encoding', 'WhatIf', 'Confirm'
        ) {
            (Get-Command Copy-NapterFtpItem).Parameters.Keys | Should -Contain $_
        }

        It 'refuses a placeholder that it does not know' {
            $failure = Get-CommandError { Copy-NapterFtpItem -Imsi $simulator.Imsi -Path /log/1.csv -Destination '{What}' }
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidDestination,*'
        }
    }

    Context 'pulling' -Tag Integration {
        It 'copies what matches to the device''s own folder, with time and hash' {
            $files = Copy-NapterFtpItem -Imsi $simulator.Imsi -Path '/log/*.csv' -Destination "$TestDrive/a/{Imsi}" -Hash
            $files.Status | Should -Be (@('Copied') * 5)
            foreach ($file in $files) {
                $file.Hash | Should -Be (Get-FileHash $file.Destination).Hash
                $file.Destination | Should -BeLike "*$($simulator.Imsi)*"
            }
        }

        It 'knows both numbers of the SIMs of Get-NapterSim' {
            $files = Get-NapterSim | Copy-NapterFtpItem -Path /log/1.csv -Destination "$TestDrive/sim/{Imsi}/{SimId}/{Name}/"
            $files.Destination | Should -Be (Join-Path $TestDrive sim $simulator.Imsi $simulator.SimId simulated-device 1.csv)
            (Get-NapterSim | Sync-NapterFtpDirectory -Path /log -Destination "$TestDrive/sync/{Imsi}").Status | Should -Be (@('Copied') * 5)
            # The SIM of the object is not the one that is typed.
            $failure = Get-CommandError { Get-NapterSim | Copy-NapterFtpItem -Imsi 001010000000002 -Path /log/1.csv -Destination '{SimId}' }
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidDestination,*'
        }

        It 'reads a date of ISO 8601 as one whatever the user''s calendar is' {
            $culture = [cultureinfo]::CurrentCulture
            $japanese = [cultureinfo]::new('ja-JP')
            $japanese.DateTimeFormat.Calendar = [Globalization.JapaneseCalendar]::new()
            try {
                [cultureinfo]::CurrentCulture = $japanese
                $files = Copy-NapterFtpItem -Imsi $simulator.Imsi -Path '/log/*.csv' -Destination "$TestDrive/era/" -ModifiedAfter 2020-10-01
                $late = Copy-NapterFtpItem -Imsi $simulator.Imsi -Path '/log/*.csv' -Destination "$TestDrive/era/" -ModifiedAfter '2999-10-01T06:00Z'
            } finally { [cultureinfo]::CurrentCulture = $culture }
            $files.Status | Should -Be (@('Copied') * 5)
            $late | Should -BeNullOrEmpty
        }

        It 'puts nothing where the process was started when PowerShell is in no folder' {
            Push-Location Env:
            try {
                $failure = Get-CommandError { Copy-NapterFtpItem -Imsi $simulator.Imsi -Path /log/1.csv -Destination nowhere }
                (Copy-NapterFtpItem -Imsi $simulator.Imsi -Path /log/1.csv -Destination "$TestDrive/full/").Status | Should -Be Copied
            } finally { Pop-Location }
            $failure.FullyQualifiedErrorId | Should -BeLike 'PathOfOtherProvider,*'
            Join-Path ([Environment]::CurrentDirectory) nowhere | Should -Not -Exist
        }

        It 'says with -WhatIf what it would do, and does nothing' {
            Copy-NapterFtpItem -Imsi $simulator.Imsi -Path '/log/*.csv' -Destination "$TestDrive/b" -WhatIf | Should -BeNullOrEmpty
            Test-Path "$TestDrive/b" | Should -BeFalse
        }

        It 'takes the items of Get-NapterFtpItem, in one session' {
            (Get-NapterFtpItem -Imsi $simulator.Imsi -Path '/log/[1-3].csv' | Copy-NapterFtpItem -Destination "$TestDrive/c").Status | Should -Be (@('Copied') * 3)
            (Get-ChildItem "$TestDrive/c").Name | Should -Be '1.csv', '2.csv', '3.csv'
        }

        It 'leaves a device that serves one session at a time free for the next command' {
            $single = Start-NapterSimulator -RootPath $root -DeviceProfile OmronCJ -Imsi 001010000000041 -RoundTrip 00:00:00.1
            try {
                Connect-Napter -Simulator $single
                $device = @{ Imsi = $single.Imsi; ErrorAction = 'Stop' }
                foreach ($name in 'one', 'other') {
                    (Copy-NapterFtpItem @device -Path '/log/*.csv' -Destination "$TestDrive/$name" -Retry 0).Status | Should -Be (@('Copied') * 5)
                    (Get-NapterFtpItem @device -Path '/log/*.csv').Count | Should -Be 5
                    (Test-NapterFtpDevice @device | Where-Object Name -EQ 'Login').Status | Should -Be Passed
                }
            } finally {
                Disconnect-Napter
                Stop-NapterSimulator $single
                Connect-Napter -Simulator $simulator
            }
        }

        It 'takes items with the router''s ports by which they were listed' {
            $behind = @{ Imsi = $simulator.Imsi; DevicePort = 2100; DevicePortMap = '2100=21' }
            $created = $simulator.Counters.EntriesCreated
            $items = @(Get-NapterFtpItem @behind -Path '/log/[1-3].csv' | Copy-NapterFtpItem -Destination "$TestDrive/behind")
            $items.Status | Should -Be (@('Copied') * 3)
            # One session: no second port for control connections, and so no other map.
            @($simulator.Counters.EntriesCreated - $created)[0] | Should -BeLessOrEqual 5
            $item = Get-NapterFtpItem @behind -Path /log/1.csv
            $item.DevicePort, $item.DevicePortMap | Should -Be 2100, '2100=21'
        }

        It 'skips, replaces or reports what is there as -IfExists says' {
            $copy = @{ Imsi = $simulator.Imsi; Path = '/log/1.csv'; Destination = "$TestDrive/d/" }
            (Copy-NapterFtpItem @copy).Status | Should -Be 'Copied'
            (Copy-NapterFtpItem @copy -IfExists Skip).Status | Should -Be 'Skipped'
            (Copy-NapterFtpItem @copy -IfExists Resume).Status | Should -Be 'Skipped'
            (Copy-NapterFtpItem @copy -IfExists Newer).Status | Should -Be 'Skipped'
            (Copy-NapterFtpItem @copy -IfExists Overwrite).Status | Should -Be 'Copied'
            $result = Copy-NapterFtpItem @copy -IfExists Error -ErrorAction SilentlyContinue -ErrorVariable failures
            $result.Status | Should -Be 'Failed'
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'DestinationExists,*'
        }

        It 'removes the source once it is copied' {
            Set-Content "$root/log/gone.txt" 'bye'
            (Copy-NapterFtpItem -Imsi $simulator.Imsi -Path /log/gone.txt -Destination "$TestDrive/e/" -RemoveSource).SourceRemoved | Should -BeTrue
            Test-Path "$root/log/gone.txt" | Should -BeFalse
            Get-Content "$TestDrive/e/gone.txt" | Should -Be 'bye'
        }

        It 'goes on with the other devices where one is broken, and results fit Export-Csv' {
            $devices = [pscustomobject]@{ Imsi = '001010000000999'; DevicePort = 21 }, [pscustomobject]@{ Imsi = $simulator.Imsi; DevicePort = 21 }
            $files = $devices | Copy-NapterFtpItem -Path '/log/*.csv' -Destination "$TestDrive/f/{Imsi}" -Retry 0 -ErrorAction SilentlyContinue -ErrorVariable failures
            @($files | Where-Object Status -EQ 'Copied').Count | Should -Be 5
            $failures.Count | Should -Be 1
            $files | Export-Csv "$TestDrive/f.csv"
            @(Import-Csv "$TestDrive/f.csv" | Where-Object Status -EQ 'Failed').Imsi | Should -Be '001010000000999'
        }

        It 'stops at the first error with -ErrorAction Stop' {
            { Copy-NapterFtpItem -Imsi $simulator.Imsi -Path /log/nothing.csv -Destination $TestDrive -ErrorAction Stop } | Should -Throw -ErrorId 'RemoteItemNotFound,*'
        }
    }

    Context 'pushing' -Tag Integration {
        It 'copies local files to the device, also those of Get-ChildItem' {
            $null = New-Item -ItemType Directory "$TestDrive/up/inner" -Force
            Set-Content "$TestDrive/up/x.cfg" 'x'
            Set-Content "$TestDrive/up/inner/y.cfg" 'y'
            (Copy-NapterFtpItem -Imsi $simulator.Imsi -ToDevice -Path "$TestDrive/up" -Destination /cfg -Recurse).Status | Should -Be 'Copied', 'Copied'
            Get-Content "$root/cfg/up/inner/y.cfg" | Should -Be 'y'
            (Get-ChildItem "$TestDrive/up" -File | Copy-NapterFtpItem -Imsi $simulator.Imsi -ToDevice -Destination /flat/).Destination | Should -Be '/flat/x.cfg'
        }
    }
}
