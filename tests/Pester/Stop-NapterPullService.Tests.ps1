BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $simulator = Open-PullDevice
    $null = Register-NapterPull nightly @what @seldom @store
    $job = Start-NapterPullService night @store 6> $null
}

AfterAll { $job | Remove-Job -Force; Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Stop-NapterPullService' -Tag Integration {
    It 'completes the names of services' {
        (TabExpansion2 'Stop-NapterPullService n').CompletionMatches.CompletionText | Should -Contain night
    }

    It 'stops none with -WhatIf' {
        Stop-NapterPullService night -WhatIf
        $job.State | Should -Be Running
    }

    It 'stops it, and it is a member no more' {
        Stop-NapterPullService night -Drain 10s
        $job.State | Should -Be Stopped
        Get-NapterPullService @store | Should -BeNullOrEmpty
        (Get-CommandError { Stop-NapterPullService night }).FullyQualifiedErrorId | Should -BeLike 'PullServiceNotFound,*'
    }
}
