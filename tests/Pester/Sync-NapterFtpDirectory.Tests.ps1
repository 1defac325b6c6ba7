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
