BeforeAll { . $PSScriptRoot/Initialize-Test.ps1 }

Describe 'Stop-NapterSimulator' -Tag Integration {
    AfterEach { Stop-NapterSimulator }

    It 'stops the one piped in and leaves the others' {
        $first = Start-NapterSimulator
        $second = Start-NapterSimulator
        $first | Stop-NapterSimulator
        $first.TrustedRootPath | Should -Not -Exist
        $second.TrustedRootPath | Should -Exist
    }

    It 'stops all where none is given' {
        $simulators = Start-NapterSimulator; $simulators = @($simulators) + (Start-NapterSimulator)
        Stop-NapterSimulator
        $simulators.TrustedRootPath | Where-Object { Test-Path $_ } | Should -BeNullOrEmpty
    }

    It 'stops nothing with -WhatIf' {
        $simulator = Start-NapterSimulator
        Stop-NapterSimulator -WhatIf
        $simulator.TrustedRootPath | Should -Exist
    }
}
