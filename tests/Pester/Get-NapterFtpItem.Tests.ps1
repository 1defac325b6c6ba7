BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Join-Path $TestDrive 'device'
    $null = New-Item -ItemType Directory "$root/log/2024" -Force
    Set-Content "$root/log/a.csv" 'one'
    Set-Content "$root/log/b.txt" 'two'
    Set-Content "$root/log/2024/c.csv" 'three'
    $simulator = Start-NapterSimulator -RootPath $root
    Connect-Napter -Simulator $simulator
}

AfterAll {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'Get-NapterFtpItem' {
    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach @(
            'Imsi', 'SimId', 'Service', 'DevicePort', 'DevicePortMap', 'Connection', 'Path', 'LiteralPath', 'Recurse', 'Depth', 'Filter', 'Include'
            'Exclude', 'File', 'Directory', 'Credential', 'Encoding'
        ) {
            Get-ParameterName Get-NapterFtpItem | Should -Contain $_
        }

        It 'completes encodings' {
            $line = 'Get-NapterFtpItem -Encoding sh'
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'shift_jis'
        }

        It 'wants one of -Path and -LiteralPath' {
            (Get-CommandError { Get-NapterFtpItem -Imsi $simulator.Imsi -Path /a -LiteralPath /b }).FullyQualifiedErrorId | Should -BeLike 'PathChosenTwice,*'
        }
    }

    Context 'listing' -Tag Integration {
        It 'lists a folder with what each item is' {
            $items = Get-NapterFtpItem -Imsi $simulator.Imsi -Path /log
            $items.Name | Should -Be '2024', 'a.csv', 'b.txt'
            $items[1].FullName | Should -Be '/log/a.csv'
            $items[1].Length | Should -Be (Get-Item "$root/log/a.csv").Length
            ($items[1].LastWriteTime - [DateTimeOffset](Get-Item "$root/log/a.csv").LastWriteTimeUtc).Duration().TotalSeconds | Should -BeLessThan 1.1
            $items[0].Type | Should -Be 'Directory'
            $items[1].Imsi | Should -Be $simulator.Imsi
        }

        It 'takes wildcards, and goes into folders with -Recurse as deep as -Depth says' {
            (Get-NapterFtpItem -Imsi $simulator.Imsi -Path '/l*/*.csv').FullName | Should -Be '/log/a.csv'
            (Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -Recurse -File).Name | Sort-Object | Should -Be 'a.csv', 'b.txt', 'c.csv'
            (Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -Depth 1 -File).Name | Sort-Object | Should -Be 'a.csv', 'b.txt'
            (Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -Recurse -Directory).Name | Should -Be 'log', '2024'
            (Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -Recurse -Include *.csv -Exclude a*).Name | Should -Be 'c.csv'
        }

        It 'goes on after a path that is not there, with one error that says what to do' {
            $found = Get-NapterFtpItem -Imsi $simulator.Imsi -Path /nothing, /log/a.csv -ErrorAction SilentlyContinue -ErrorVariable failures
            $found.Name | Should -Be 'a.csv'
            $failures.Count | Should -Be 1
            $failures[0].FullyQualifiedErrorId | Should -BeLike 'RemoteItemNotFound,*'
            $failures[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            $failures[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'completes paths on the device, and leaves no port open' {
            $line = "Get-NapterFtpItem -Imsi $($simulator.Imsi) -Path /l"
            (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be '/log'
            $line = "Remove-NapterFtpItem -Imsi $($simulator.Imsi) -LiteralPath /log/"
            $found = (TabExpansion2 $line $line.Length).CompletionMatches
            $found.CompletionText | Should -Be '/log/2024', '/log/a.csv', '/log/b.txt'
            $found[1].ToolTip | Should -Match 'bytes'
            $limit = [Diagnostics.Stopwatch]::StartNew()
            while (Get-NapterPort) { if ($limit.Elapsed.TotalSeconds -gt 30) { throw "Ports are open: $(Get-NapterPort | Format-List * | Out-String)" } }
        }

        It 'completes nothing, and says nothing, where no device is chosen or it cannot be reached' {
            foreach ($line in 'Get-NapterFtpItem -Path /l', 'Get-NapterFtpItem -Imsi 999999999999999 -Path /l', 'Get-NapterFtpItem -Imsi x -Path /l') {
                (TabExpansion2 $line $line.Length).CompletionMatches | Where-Object CompletionText -Like '/l*' | Should -BeNullOrEmpty
            }
        }

        It 'has a table with human sizes and a list' {
            Get-NapterFtpItem -Imsi $simulator.Imsi -Path /log | Format-Table | Out-String -Width 120 | Should -Match 'File .* \d+ B +/log/a.csv'
            Get-NapterFtpItem -Imsi $simulator.Imsi -Path /log | Format-List | Out-String | Should -Match 'TimeSource\s+:'
        }

        It 'leaves no port open' {
            $null = Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -Recurse | Select-Object -First 1
            $limit = [Diagnostics.Stopwatch]::StartNew()
            while (Get-NapterPort) { if ($limit.Elapsed.TotalSeconds -gt 30) { throw "Ports are open: $(Get-NapterPort | Format-List * | Out-String)" } }
        }
    }
}
