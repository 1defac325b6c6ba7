BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $root = Join-Path $TestDrive 'device'
    $null = New-Item -ItemType Directory $root
    $simulator = Start-NapterSimulator -RootPath $root
    Connect-Napter -Simulator $simulator
}

AfterAll {
    Disconnect-Napter
    Stop-NapterSimulator $simulator
}

Describe 'Copies that nobody watches' -Tag Integration {
    BeforeEach {
        Get-ChildItem $root | Remove-Item -Recurse -Force
        1..3 | ForEach-Object { Set-Content "$root/$_.csv" "line $_" }
        $here = Join-Path $TestDrive ([guid]::NewGuid())
        $copy = @{ Imsi = $simulator.Imsi; Path = '/*.csv'; Destination = $here }
    }

    It 'takes <Files> where <Rule> is asked for' -ForEach @(
        @{ Rule = '-MaxFiles'; With = @{ MaxFiles = 2; Order = 'Name' }; Files = '1.csv', '2.csv' }
        @{ Rule = '-MaxBytes'; With = @{ MaxBytes = 1KB }; Files = '1.csv', '2.csv', '3.csv' }
        @{ Rule = '-MinimumAge'; With = @{ MinimumAge = '1d' }; Files = @() }
        @{ Rule = '-DoneFile'; With = @{ DoneFile = '{Name}.ok' }; Files = @('2.csv') }
        @{ Rule = '-StableFor'; With = @{ StableFor = '1s' }; Files = '1.csv', '2.csv', '3.csv' }
        @{ Rule = '-Until'; With = @{ Until = [DateTimeOffset]::Now.AddMinutes(-1) }; Files = @() }
    ) {
        $null = New-Item "$root/2.csv.ok"
        $results = Copy-NapterFtpItem @copy @With
        @(Get-ChildItem $here -ErrorAction Ignore).Name | Should -Be $Files
        @($results | Where-Object Status -EQ Copied).Count | Should -Be @($Files).Count
        @($results | Where-Object Status -EQ Postponed).Count | Should -Be (3 - @($Files).Count)
    }

    It 'moves sources to a folder of the day, and says so' {
        $results = Copy-NapterFtpItem @copy -MoveSource 'done/{Date:yyyy}'
        $results.SourceMovedTo | Should -Be (1..3 | ForEach-Object { "/done/$([DateTimeOffset]::Now.Year)/$_.csv" })
        (Get-ChildItem $root -File).Count | Should -Be 0
        Copy-NapterFtpItem @copy -Recurse -MoveSource 'done/{Date:yyyy}' | Should -BeNullOrEmpty
    }

    It 'runs a script for each file, and keeps the source of one that fails' {
        $seen = [Collections.Generic.List[string]]::new()
        $results = Copy-NapterFtpItem @copy -RemoveSource -OnCopied {
            $seen.Add((Get-Content $_.Destination))
            if ($_.Source -like '*2.csv') { throw 'not this one' }
            'dropped'
        } -ErrorAction SilentlyContinue -ErrorVariable failures
        $seen | Should -Be 'line 1', 'line 2', 'line 3'
        $results.Status | Should -Be 'Copied', 'Copied', 'Copied'
        (Get-ChildItem $root).Name | Should -Be '2.csv'
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'OnCopiedFailed,*'
        $failures[0].Exception.Message | Should -BeLike '*not this one*'
    }

    It 'fetches what is added to a log of the day' {
        $log = "$root/$([DateTimeOffset]::Now.ToString('yyyyMMdd')).log"
        $pull = @{ Imsi = $simulator.Imsi; Path = '/{Date}.log'; Destination = "$here/log.txt"; IfExists = 'Append'; IgnoreMissing = $true }
        Copy-NapterFtpItem @pull | Should -BeNullOrEmpty
        'first' | Set-Content $log
        (Copy-NapterFtpItem @pull).Status | Should -Be 'Copied'
        'second' | Add-Content $log
        $null = Copy-NapterFtpItem @pull
        Get-Content "$here/log.txt" | Should -Be 'first', 'second'
    }

    It 'copies each version once with -IfExists New, wherever its copy is by now' {
        $store = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        (Copy-NapterFtpItem @copy -IfExists New -Store $store).Status | Should -Be 'Copied', 'Copied', 'Copied'
        Remove-Item $here -Recurse
        $again = Copy-NapterFtpItem @copy -IfExists New -Store $store
        $again.Status | Should -Be 'Skipped', 'Skipped', 'Skipped'
        $again.Error | Should -Be (@('copied before') * 3)
        Set-Content "$root/2.csv" 'line 2, written anew'
        @(Copy-NapterFtpItem @copy -IfExists New -Store $store | Where-Object Status -EQ Copied).Source | Should -Be '/2.csv'
        (Get-NapterPullHistory -Store $store).Count | Should -Be 4
    }

    It 'leaves what was there before the first run, says so with -WhatIf and notes nothing then' {
        $store = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        $said = Copy-NapterFtpItem @copy -Since FirstRun -Store $store -WhatIf
        $said.Error | Should -Be (@('there before the first run') * 3)
        Get-NapterPullHistory -Store $store | Should -BeNullOrEmpty
        (Copy-NapterFtpItem @copy -Since FirstRun -Store $store).Error | Should -Be (@('there before the first run') * 3)
        Set-Content "$root/4.csv" 'line 4'
        @(Copy-NapterFtpItem @copy -Since FirstRun -Store $store | Where-Object Status -EQ Copied).Source | Should -Be '/4.csv'
    }

    It 'keeps the history of a sync, too' {
        $store = Join-Path $TestDrive "$([guid]::NewGuid()).db"
        $sync = @{ Imsi = $simulator.Imsi; Path = '/'; Destination = $here; Store = $store }
        (Sync-NapterFtpDirectory @sync).Status | Should -Be 'Copied', 'Copied', 'Copied'
        Remove-Item "$here/1.csv"
        (Sync-NapterFtpDirectory @sync).Status | Should -Be 'Skipped', 'Skipped', 'Skipped'
    }

    It 'touches no source where the history cannot be kept' {
        $bad = Join-Path $TestDrive 'bad.db'
        Set-Content $bad 'this is no database'
        $failure = Get-CommandError { Copy-NapterFtpItem @copy -RemoveSource -Store $bad }
        $failure.FullyQualifiedErrorId | Should -BeLike 'Store*'
        (Get-ChildItem $root).Count | Should -Be 3
    }

    It 'knows the zone that it is told' {
        { Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -DeviceTimeZone Nowhere/None } | Should -Throw '*is no time zone*'
        (Get-NapterFtpItem -Imsi $simulator.Imsi -Path / -DeviceTimeZone +09:00).Count | Should -Be 3
    }

    It 'refuses <What>' -ForEach @(
        @{ What = '-RemoveSource with -MoveSource'; With = @{ RemoveSource = $true; MoveSource = 'done' } }
        @{ What = '-StableFor with -ToDevice'; With = @{ StableFor = '1s'; ToDevice = $true } }
        @{ What = '-IfExists New with -ToDevice'; With = @{ IfExists = 'New'; ToDevice = $true } }
        @{ What = '-IfExists Append with -ToDevice'; With = @{ IfExists = 'Append'; ToDevice = $true } }
    ) {
        (Get-CommandError { Copy-NapterFtpItem @copy @With }).FullyQualifiedErrorId | Should -BeLike 'ParametersContradict,*'
    }

    It 'refuses -MoveSource with a mirror' {
        $failure = Get-CommandError { Sync-NapterFtpDirectory -Imsi $simulator.Imsi -Path / -Destination $here -Mode Mirror -MoveSource done }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ParametersContradict,*'
    }

    It 'takes a time of day for the next one' {
        $transformed = [NapterFtp.PowerShell.Parameters.TimeOfDayTransformationAttribute]::new().Transform($ExecutionContext, '00:00')
        $transformed | Should -Be ([DateTimeOffset] [datetime]::Today.AddDays(1))
    }
}
