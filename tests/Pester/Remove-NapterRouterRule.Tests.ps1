BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Router.ps1
    $simulator, $router = Open-ApiRouter
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Remove-NapterRouterRule' {
    It 'offers <_>' -ForEach 'Router', 'Orphaned', 'Connection', 'WhatIf', 'Confirm' -Tag Unit {
        Get-ParameterName Remove-NapterRouterRule | Should -Contain $_
    }

    It 'wants to be told that those left over are meant' -Tag Unit {
        (Get-Command Remove-NapterRouterRule).Parameters['Orphaned'].Attributes.Mandatory | Should -BeTrue
    }

    It 'removes all rules of the owner that has gone' -Tag Integration {
        $commands = Use-RouterAnswer $simulator.Sims[0] (Get-RouterText)
        $router | Remove-NapterRouterRule -Orphaned
        $commands | Where-Object { $_ -match 'napterftp-0123456789abcdef-\[0-9\]\+' -and $_ -match 'nft -f -' } | Should -HaveCount 1
    }

    It 'prints the command with -WhatIf, and does not run it' -Tag Integration {
        $commands = Use-RouterAnswer $simulator.Sims[0] (Get-RouterText)
        $told = Get-ConsoleText { Remove-NapterRouterRule $router -Orphaned -WhatIf }
        $told | Should -Match 'What if.*Remove 2 forwardings'
        $told | Should -Match 'Run on the router \d+: exec /bin/sh'
        $told | Should -Match 'napterftp-0123456789abcdef'
        $commands | Should -HaveCount 1
        $commands[0] | Should -Not -Match 'nft -f'
    }

    Context 'what a router would be told by other cmdlets' -Tag Integration {
        It 'is printed by <Name> with -WhatIf, and nothing is run or opened' -ForEach @(
            @{ Name = 'Copy-NapterFtpItem'; Command = { Copy-NapterFtpItem -Router $router -Path /a -Destination TestDrive:/ -WhatIf } }
            @{ Name = 'Sync-NapterFtpDirectory'; Command = { Sync-NapterFtpDirectory -Router $router -Path / -Destination TestDrive:/ -WhatIf } }
            @{ Name = 'Remove-NapterFtpItem'; Command = { Remove-NapterFtpItem -Router $router -Path /a -WhatIf } }
            @{ Name = 'Start-NapterFtpProxy'; Command = { Start-NapterFtpProxy -Router $router -Port 0 -WhatIf } }
            @{ Name = 'Start-NapterTunnel'; Command = { Start-NapterTunnel -Router $router -DevicePort 21 -WhatIf } }
            @{ Name = 'Test-NapterFtpDevice'; Command = { Test-NapterFtpDevice -Router $router -WhatIf } }
        ) {
            $commands = Use-RouterAnswer $simulator.Sims[0] (Get-RouterText)
            $before = $simulator.Counters.EntriesCreated
            $jobs = @(Get-Job).Id
            $told = Get-ConsoleText $Command
            $told | Should -Match 'Run on the router \d+ to reach port 21 of 192\.168\.1\.20: exec /bin/sh'
            $told | Should -Match 'add rule ip napterftp prerouting ip daddr 10\.128\.0\.5 tcp dport 5\d{4} dnat to 192\.168\.1\.20:21'
            $told | Should -Match 'insert rule inet fw4 forward ip daddr 192\.168\.1\.20 tcp dport 21'
            $commands | Should -HaveCount 1
            $commands[0] | Should -Not -Match 'nft -f'
            $simulator.Counters.EntriesCreated | Should -Be $before
            Get-Job | Where-Object Id -NotIn $jobs | Should -BeNullOrEmpty
        }
    }
}
