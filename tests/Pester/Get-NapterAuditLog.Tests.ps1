BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator -Imsi 001010000000001, 001010000000002
    Connect-Napter -Simulator $simulator
    $before = [DateTimeOffset]::Now
    $simulator.Sims.Imsi | ForEach-Object { New-NapterPort $_ 80 } | Remove-NapterPort
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Get-NapterAuditLog' -Tag Integration {
    It 'tells what happened to the ports' {
        $log = Get-NapterAuditLog
        $log.Count | Should -Be 4
        $log.Type | Sort-Object -Unique | Should -Be CREATED, DELETED
        $log[0].Time | Should -BeOfType DateTimeOffset
    }

    It 'gives one device''s lines' {
        (Get-NapterAuditLog 001010000000002).Imsi | Sort-Object -Unique | Should -Be '001010000000002'
    }

    It 'gives no more lines than asked for' {
        @(Get-NapterAuditLog -First 1).Count | Should -Be 1
    }

    It 'gives what happened between two times' {
        @(Get-NapterAuditLog -After $before.AddMinutes(-1)).Count | Should -Be 4
        Get-NapterAuditLog -Before $before.AddMinutes(-1) | Should -BeNullOrEmpty
    }
}
