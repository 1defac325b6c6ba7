BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Join-Path $TestDrive 'device'
    $null = New-Item -ItemType Directory "$root/data/inner" -Force
    Set-Content "$root/data/a.txt" 'a'
    Set-Content "$root/data/inner/b.txt" 'b'
    $simulator = Start-NapterSimulator -RootPath $root
    Connect-Napter -Simulator $simulator
}

AfterAll {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'Sync-NapterFtpDirectory' {
    It 'offers <_>' -Tag Unit -ForEach 'Path', 'Destination', 'ToDevice', 'Mode', 'Filter', 'Include', 'Exclude', 'WhatIf', 'Confirm' {
        (Get-Command Sync-NapterFtpDirectory).Parameters.Keys | Should -Contain $_
    }

    Context 'from the device' -Tag Integration {
        BeforeEach { $sync = @{ Imsi = $simulator.Imsi; Path = '/data'; Destination = "$TestDrive/local" } }

        It 'copies all, then nothing' {
            (Sync-NapterFtpDirectory @sync).Status | Should -Be 'Copied', 'Copied'
            (Sync-NapterFtpDirectory @sync).Status | Should -Be 'Skipped', 'Skipped'
            Get-Content "$TestDrive/local/inner/b.txt" | Should -Be 'b'
        }

        It 'deletes what the device has not only with -Mode Mirror' {
            Set-Content "$TestDrive/local/extra.txt" 'extra'
            $null = Sync-NapterFtpDirectory @sync
            Test-Path "$TestDrive/local/extra.txt" | Should -BeTrue
            $null = Sync-NapterFtpDirectory @sync -Mode Mirror -WhatIf
            Test-Path "$TestDrive/local/extra.txt" | Should -BeTrue
            (Sync-NapterFtpDirectory @sync -Mode Mirror | Where-Object Status -EQ 'Deleted').Destination | Should -BeLike '*extra.txt'
            Test-Path "$TestDrive/local/extra.txt" | Should -BeFalse
        }

        It 'deletes nothing where the device''s folder is not there' {
            $null = Sync-NapterFtpDirectory -Imsi $simulator.Imsi -Path /nothing -Destination "$TestDrive/local" -Mode Mirror -ErrorAction SilentlyContinue -ErrorVariable failures
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'RemoteItemNotFound,*'
            Test-Path "$TestDrive/local/a.txt" | Should -BeTrue
        }
    }

    Context 'from a device that does not list all' -Tag Integration {
        BeforeAll {
            $fault = $simulator.GetType().Assembly.GetType('NapterFtp.Simulator.Device.DeviceFault')
            $faults = $simulator.Sims[0].Device.Faults
        }
        BeforeEach {
            $local = Join-Path $TestDrive ([guid]::NewGuid())
            $sync = @{ Imsi = $simulator.Imsi; Path = '/data'; Destination = $local; Mode = 'Mirror'; Retry = 0 }
            $null = Sync-NapterFtpDirectory @sync
            Set-Content "$local/extra.txt" 'extra'
        }
        AfterEach { $faults.Clear() }

        It 'deletes nothing where every way to list is <Name>' -ForEach @(
            @{ Name = 'refused'; Make = { param($verb) $fault::ReplyInstead($verb, '550 Permission denied.') } }
            @{ Name = 'busy'; Make = { param($verb) $fault::ReplyInstead($verb, '450 Busy.') } }
            @{ Name = 'broken off'; Make = { param($verb) $fault::FailData(20, '451 Local error.', $verb) } }
            @{ Name = 'cut'; Make = { param($verb) $fault::DropData(20, $verb) } }
        ) {
            foreach ($verb in 'MLSD', 'LIST', 'NLST', 'STAT') {
                $armed = & $Make $verb
                $armed.GetType().GetProperty('Count').SetValue($armed, [int]::MaxValue)
                $null = $faults.Arm($armed)
            }
            $results = Sync-NapterFtpDirectory @sync -ErrorAction SilentlyContinue -ErrorVariable failures -WarningVariable warnings 3> $null
            $results.Status | Should -Not -Contain 'Deleted'
            @($failures) + @($warnings) | Should -Not -BeNullOrEmpty
            (Get-ChildItem $local -Recurse -File -Name | Sort-Object) -join ' ' | Should -Be 'a.txt extra.txt inner/b.txt'
        }

        It 'deletes what a folder that is proved empty has not' {
            $null = New-Item -ItemType Directory "$root/bare"
            $null = New-Item -ItemType Directory "$local/bare"
            Set-Content "$local/bare/old.txt" 'old'
            $result = Sync-NapterFtpDirectory @sync -Path /bare -Destination "$local/bare"
            $result.Status | Should -Be 'Deleted'
            Test-Path "$local/bare/old.txt" | Should -BeFalse
        }
    }

    Context 'to the device' -Tag Integration {
        It 'mirrors a local folder, and refuses one that is not there' {
            $null = New-Item -ItemType Directory "$TestDrive/model" -Force
            Set-Content "$TestDrive/model/m.txt" 'm'
            $sync = @{ Imsi = $simulator.Imsi; ToDevice = $true; Destination = '/mirror'; Mode = 'Mirror' }
            (Sync-NapterFtpDirectory @sync -Path "$TestDrive/model").Status | Should -Be 'Copied'
            Set-Content "$root/mirror/old.txt" 'old'
            @(Sync-NapterFtpDirectory @sync -Path "$TestDrive/model" | Where-Object Status -EQ 'Deleted').Destination | Should -Be '/mirror/old.txt'
            (Get-CommandError { Sync-NapterFtpDirectory @sync -Path "$TestDrive/none" }).FullyQualifiedErrorId | Should -BeLike 'LocalItemNotFound,*'
            Test-Path "$root/mirror/m.txt" | Should -BeTrue
        }
    }
}
