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

Describe 'New-NapterFtpDirectory' {
    It 'offers <_>' -Tag Unit -ForEach 'Path', 'Force', 'WhatIf', 'Confirm' {
        (Get-Command New-NapterFtpDirectory).Parameters.Keys | Should -Contain $_
    }

    It 'makes a folder and those above it' -Tag Integration {
        (New-NapterFtpDirectory -Imsi $simulator.Imsi -Path /one/two/three).FullName | Should -Be '/one/two/three'
        Test-Path "$root/one/two/three" | Should -BeTrue
    }

    It 'reports one that is there, but not with -Force' -Tag Integration {
        $null = New-NapterFtpDirectory -Imsi $simulator.Imsi -Path /there
        (Get-CommandError { New-NapterFtpDirectory -Imsi $simulator.Imsi -Path /there }).FullyQualifiedErrorId | Should -BeLike 'RemoteItemExists,*'
        (New-NapterFtpDirectory -Imsi $simulator.Imsi -Path /there -Force).Type | Should -Be 'Directory'
    }
}
