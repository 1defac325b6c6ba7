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

    It 'stops one whose folder is gone already' {
        $simulator = Start-NapterSimulator
        Remove-Item (Split-Path $simulator.TrustedRootPath) -Recurse
        Stop-NapterSimulator $simulator -ErrorAction Stop
        { [Net.Sockets.TcpClient]::new($simulator.ApiEndPoint.Host, $simulator.ApiEndPoint.Port) } | Should -Throw
    }

    It 'stops nothing with -WhatIf' {
        $simulator = Start-NapterSimulator
        Stop-NapterSimulator -WhatIf
        $simulator.TrustedRootPath | Should -Exist
    }
}
