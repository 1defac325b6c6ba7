BeforeAll { . $PSScriptRoot/Initialize-Test.ps1 }

Describe 'Start-NapterSimulator' {
    AfterEach { Stop-NapterSimulator }

    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach 'Imsi', 'RootPath', 'DeviceEndPoint', 'ApiLatency', 'RoundTrip', 'Bandwidth', 'DeviceProfile' {
            Get-ParameterName Start-NapterSimulator | Should -Contain $_
        }

        It 'completes device profiles' {
            $line = 'Start-NapterSimulator -DeviceProfile '
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'Default'
        }

        It 'refuses <Parameters> with <Id>' -ForEach @(
            @{ Parameters = @{ DeviceProfile = 'none' }; Id = 'DeviceProfileUnknown' }
            @{ Parameters = @{ DeviceEndPoint = 'here' }; Id = 'InvalidDeviceEndPoint' }
            @{ Parameters = @{ RootPath = './no/such/folder' }; Id = 'RootPathNotFound' }
        ) {
            $failure = Get-CommandError { Start-NapterSimulator @Parameters }
            $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'starts nothing with -WhatIf' {
            Start-NapterSimulator -WhatIf | Should -BeNullOrEmpty
        }
    }

    Context 'running' -Tag Integration {
        It 'has a device with sample files' {
            $simulator = Start-NapterSimulator
            $simulator.ApiEndPoint.IsLoopback | Should -BeTrue
            Join-Path $simulator.RootPath 'README.txt' | Should -Exist
        }

        It 'becomes JSON, its counters too' {
            $simulator = Start-NapterSimulator
            Connect-Napter -Simulator $simulator
            $seen = $simulator | ConvertTo-Json -WarningAction SilentlyContinue | ConvertFrom-Json
            $seen.Imsi | Should -Be $simulator.Imsi
            $seen.Counters.ApiCalls.Auth | Should -Be $simulator.Counters.ApiCalls.Auth
            Disconnect-Napter
        }

        It 'has a device for each IMSI, with a folder of its own' {
            $null = New-Item -ItemType Directory "$TestDrive/001010000000011", "$TestDrive/001010000000012"
            $simulator = Start-NapterSimulator -Imsi 001010000000011, 001010000000012 -RootPath "$TestDrive/{Imsi}"
            $simulator.Sims.Imsi | Should -Be '001010000000011', '001010000000012'
            $simulator.Sims[1].RootPath | Should -Be "$TestDrive/001010000000012"
        }

        It 'shows no secret in its views' {
            $simulator = Start-NapterSimulator
            $text = ($simulator | Out-String) + ($simulator | Format-List | Out-String)
            $text | Should -Not -Match ([regex]::Escape($simulator.Password))
            $text | Should -Not -Match ([regex]::Escape($simulator.AuthKey))
        }
    }
}
