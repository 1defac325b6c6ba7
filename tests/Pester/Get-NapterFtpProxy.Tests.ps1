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
        (Get-NapterFtpProxy lin*).PSTypeNames[0] | Should -Be NapterFtp.NapterFtpProxy
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

    Context 'watching' {
        BeforeAll {
            $null = Start-NapterFtpProxy $simulator.Imsi -Port 0 -PassivePortRange 0 -Name watched 6> $null
            $render = (Get-Command Get-NapterFtpProxy).ImplementingType.Assembly.GetType('NapterFtp.PowerShell.Watching.LiveText').GetMethod('Render')
        }

        It 'gives the open ports with rates, and again only those that have changed' {
            $port = Get-NapterFtpProxy watched -Watch -Interval 100ms | Select-Object -First 1
            $port.Proxy | Should -Be watched
            $port.Kind | Should -Be Control
            $port.RateFromDevice | Should -BeOfType long
            $port | Format-Table | Out-String -Width 160 | Should -Match 'Received\s+Rate\s+Sent\s+Rate\s+Command'
        }

        It 'draws a line for each proxy and port, none wider than the screen' {
            $port = Get-NapterFtpProxy watched -Watch -Interval 100ms | Select-Object -First 1
            $ports = [array]::CreateInstance($port.GetType(), 1)
            $ports.SetValue($port.PSObject.BaseObject, 0)
            $lines = @($render.Invoke($null, @([string[]] ('watched', 'idle'), $ports, 60, 20)) | ForEach-Object { $_ })
            $lines[1] | Should -Match '^watched: 1 open, .*/s in, .*/s out$'
            $lines[2] | Should -Match '^  Control  \w+ +21 '
            $lines[3] | Should -Be 'idle: no port is open'
            $lines[4] | Should -Match 'Ctrl\+C'
            ($lines.Length | Measure-Object -Maximum).Maximum | Should -BeLessOrEqual 60
            $render.Invoke($null, @([string[]] ('watched', 'idle'), $ports, 60, 3)) | Select-Object -Last 1 | Should -Be '(3 more lines)'
        }

        It 'ends when none runs any more' {
            $seen = Get-NapterFtpProxy watched -Watch -Interval 100ms | ForEach-Object { Stop-NapterFtpProxy watched; $_ }
            @($seen).Count | Should -BeGreaterOrEqual 1
            Get-NapterFtpProxy -Name watched* | Should -BeNullOrEmpty
        }
    }
}
