BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    $tunnel = Start-NapterTunnel $simulator.Imsi $simulator.ApiEndPoint.Port -Name web 6> $null
    $proxy = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 -Name ftp 6> $null
}

AfterAll { Disconnect-Napter; $tunnel, $proxy | Remove-Job; Stop-NapterSimulator $simulator }

Describe 'Get-NapterTunnel' -Tag Integration {
    It 'gives the tunnels, and no proxy' {
        $found = Get-NapterTunnel
        $found.Name | Should -Be web
        $found.ListenEndPoint | Should -Be $tunnel.ListenEndPoint
        $found.State | Should -Be Listening
    }

    It 'reports a name that none has' {
        (Get-CommandError { Get-NapterTunnel ftp }).FullyQualifiedErrorId | Should -BeLike 'TunnelNotFound,*'
    }

    It 'completes names of tunnels only' {
        $line = 'Get-NapterTunnel '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be web
    }

    It 'has a table' {
        Get-NapterTunnel | Format-Table | Out-String -Width 200 | Should -Match 'Name\s+Device\s+Port\s+ListenEndPoint\s+State\s+Connections'
    }
}
