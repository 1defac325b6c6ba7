BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    function Get-StartedProxy([string] $Name) {
        Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 -Name $Name 6> $null
    }
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Stop-NapterFtpProxy' -Tag Integration {
    AfterEach { Get-Job | Remove-Job -Force }

    It 'stops by <Name>' -ForEach @(
        @{ Name = 'name'; Stop = { Stop-NapterFtpProxy line } }
        @{ Name = 'wildcard'; Stop = { Stop-NapterFtpProxy li* } }
        @{ Name = 'job'; Stop = { Stop-NapterFtpProxy -Job $job } }
        @{ Name = 'a piped job'; Stop = { $job | Stop-NapterFtpProxy } }
        @{ Name = 'a piped proxy'; Stop = { Get-NapterFtpProxy line | Stop-NapterFtpProxy } }
        @{ Name = 'name, draining first'; Stop = { Stop-NapterFtpProxy line -Drain 10s } }
    ) {
        $job = Get-StartedProxy line
        $other = Get-StartedProxy other
        & $Stop
        $job.State | Should -Be Stopped
        $other.State | Should -Be Running
        @(Get-NapterPort).Proxy | Should -Be other
        { Get-FtpText $job.ListenEndPoint README.txt } | Should -Throw
    }

    It 'stops <Name> whose name looks like a pattern, and no other' -ForEach @(
        @{ Name = 'by name one'; Stop = { Stop-NapterFtpProxy '[line]*' } }
        @{ Name = 'a piped job'; Stop = { $job | Stop-NapterFtpProxy } }
        @{ Name = 'a piped proxy'; Stop = { Get-NapterFtpProxy '[line]*' | Stop-NapterFtpProxy } }
    ) {
        $job = Get-StartedProxy '[line]*'
        $other = Get-StartedProxy line
        & $Stop
        $job.State | Should -Be Stopped
        $other.State | Should -Be Running
    }

    It 'completes the names of what runs' {
        $null = Get-StartedProxy line
        $text = 'Stop-NapterFtpProxy li'
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Be line
    }

    It 'stops nothing with -WhatIf' {
        $job = Get-StartedProxy line
        Stop-NapterFtpProxy line -WhatIf
        $job.State | Should -Be Running
    }

    It 'reports a name that none has, but no wildcard without a match' {
        $failure = Get-CommandError { Stop-NapterFtpProxy none }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ProxyNotFound,*'
        $failure.CategoryInfo.Category | Should -Be ObjectNotFound
        $failure.TargetObject | Should -Be none
        Get-CommandError { Stop-NapterFtpProxy none* } | Should -BeNullOrEmpty
    }
}
