BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $simulator = Open-PullDevice
    $null = Register-NapterPull nightly @what @seldom @store
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Get-NapterPullService' -Tag Integration {
    It 'gives none where none runs' {
        Get-NapterPullService @store | Should -BeNullOrEmpty
    }

    It 'gives the members of the store' {
        $job = Start-NapterPullService night @store 6> $null
        try {
            $member = Get-NapterPullService @store
            $member.Name | Should -Be night
            $member.ProcessId | Should -Be $PID
            $member.State | Should -Be Running
            $member.Computer | Should -Be ([Environment]::MachineName)
            (Get-NapterPullService n* @store).Name | Should -Be night
            Get-NapterPullService other* @store | Should -BeNullOrEmpty
        } finally {
            $job | Stop-NapterPullService
            $job | Remove-Job
        }
    }
}
