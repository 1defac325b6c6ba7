BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Join-Path $TestDrive 'device'
    $null = New-Item -ItemType Directory "$root/folder" -Force
    $simulator = Start-NapterSimulator -RootPath $root
    Connect-Napter -Simulator $simulator
}

AfterAll {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'Rename-NapterFtpItem' {
    BeforeEach { Set-Content "$root/old.txt" 'text' }

    It 'offers <_>' -Tag Unit -ForEach 'Path', 'NewName', 'PassThru', 'WhatIf', 'Confirm' {
        (Get-Command Rename-NapterFtpItem).Parameters.Keys | Should -Contain $_
    }

    It 'renames within the folder and returns the item' -Tag Integration {
        (Rename-NapterFtpItem -Imsi $simulator.Imsi -Path /old.txt -NewName new.txt -PassThru).FullName | Should -Be '/new.txt'
        Test-Path "$root/new.txt" | Should -BeTrue
    }

    It 'moves to a path that begins with a slash' -Tag Integration {
        Rename-NapterFtpItem -Imsi $simulator.Imsi -Path /old.txt -NewName /folder/moved.txt
        Test-Path "$root/folder/moved.txt" | Should -BeTrue
    }

    It 'refuses what is no name' -Tag Integration {
        (Get-CommandError { Rename-NapterFtpItem -Imsi $simulator.Imsi -Path /old.txt -NewName 'a/b' }).FullyQualifiedErrorId | Should -BeLike 'InvalidNewName,*'
    }
}
