BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Join-Path $TestDrive 'device'
    $simulator = Start-NapterSimulator -RootPath (New-Item -ItemType Directory $root -Force).FullName
    Connect-Napter -Simulator $simulator
}

AfterAll {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'Remove-NapterFtpItem' {
    BeforeEach {
        $null = New-Item -ItemType Directory "$root/folder/inner" -Force
        Set-Content "$root/a.tmp" 'a'
        Set-Content "$root/b.csv" 'b'
        Set-Content "$root/folder/inner/c.csv" 'c'
    }

    It 'offers <_>' -Tag Unit -ForEach 'Path', 'LiteralPath', 'Recurse', 'Filter', 'Include', 'Exclude', 'WhatIf', 'Confirm' {
        (Get-Command Remove-NapterFtpItem).Parameters.Keys | Should -Contain $_
    }

    It 'deletes what matches, but not with -WhatIf' -Tag Integration {
        Remove-NapterFtpItem -Imsi $simulator.Imsi -Path '/*.tmp' -WhatIf
        Test-Path "$root/a.tmp" | Should -BeTrue
        Remove-NapterFtpItem -Imsi $simulator.Imsi -Path '/*.tmp'
        Test-Path "$root/a.tmp" | Should -BeFalse
        Test-Path "$root/b.csv" | Should -BeTrue
    }

    It 'deletes the items of Get-NapterFtpItem' -Tag Integration {
        Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -File | Remove-NapterFtpItem
        (Get-ChildItem $root).Name | Should -Be 'folder'
    }

    It 'deletes a folder that is not empty only with -Recurse' -Tag Integration {
        (Get-CommandError { Remove-NapterFtpItem -Imsi $simulator.Imsi -Path /folder }).FullyQualifiedErrorId | Should -BeLike 'FolderNotEmpty,*'
        Remove-NapterFtpItem -Imsi $simulator.Imsi -Path /folder -Recurse
        Test-Path "$root/folder" | Should -BeFalse
    }
}
