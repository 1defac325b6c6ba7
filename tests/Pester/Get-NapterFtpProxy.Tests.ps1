BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    $line = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 -Name 'line 1' 6> $null
    $null = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 -Name other 6> $null
}

AfterAll { Disconnect-Napter; Get-Job | Remove-Job; Stop-NapterSimulator $simulator }

Describe 'Get-NapterFtpProxy' -Tag Integration {
    It 'gives all that run' {
        (Get-NapterFtpProxy).Name | Should -Be 'line 1', other
    }

    It 'gives those of a name, with wildcards' {
        (Get-NapterFtpProxy lin*).ListenEndPoint | Should -Be $line.ListenEndPoint
        (Get-NapterFtpProxy -Name 'line 1', other).Count | Should -Be 2
    }

    It 'counts what passed' {
        $text = Get-FtpText $line.ListenEndPoint README.txt
        $proxy = Get-NapterFtpProxy 'line 1'
        $proxy.BytesFromDevice | Should -BeGreaterOrEqual $text.Length
        $proxy.TotalSessions | Should -BeGreaterOrEqual 1
        $proxy.State | Should -Be Listening
    }

    It 'reports a name that none has, but no wildcard without a match' {
        (Get-CommandError { Get-NapterFtpProxy none }).FullyQualifiedErrorId | Should -BeLike 'ProxyNotFound,*'
        Get-CommandError { Get-NapterFtpProxy none* } | Should -BeNullOrEmpty
    }

    It 'completes names, quoted where they need it' {
        $text = 'Get-NapterFtpProxy '
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Be "'line 1'", other
    }

    It 'has a table and a list' {
        Get-NapterFtpProxy | Format-Table | Out-String -Width 200 | Should -Match 'Name\s+Device\s+Port\s+ListenEndPoint\s+State'
        Get-NapterFtpProxy | Format-List | Out-String | Should -Match 'TotalSessions\s+:'
    }
}
