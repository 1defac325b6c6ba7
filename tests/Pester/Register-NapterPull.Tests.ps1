BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
}

Describe 'Register-NapterPull' -Tag Integration {
    It 'registers a schedule, and says when it runs next' {
        $made = Register-NapterPull nightly @what -Cron '30 2 * * *' -TimeZone UTC -Window 4h @store
        $made.Name | Should -Be 'nightly'
        $made.NextRun.UtcDateTime.TimeOfDay | Should -Be ([timespan] '02:30:00')
        $made.NextRun | Should -BeGreaterThan ([DateTimeOffset]::Now)
        $made.Window | Should -Be ([timespan] '04:00:00')
        $made.Enabled | Should -BeTrue
    }

    It 'registers nothing with -WhatIf' {
        Register-NapterPull other @what -Every 15m @store -WhatIf
        (Get-CommandError { Get-NapterPull other @store }).FullyQualifiedErrorId | Should -BeLike 'PullNotFound,*'
    }

    It 'refuses a second one of the name, unless told to' {
        $null = Register-NapterPull twice @what -At 02:30 @store
        (Get-CommandError { Register-NapterPull TWICE @what -Every 1h @store }).FullyQualifiedErrorId | Should -BeLike 'PullExists,*'
        (Register-NapterPull twice @what -Every 1h @store -Force).Every | Should -Be ([timespan] '01:00:00')
    }

    It 'says what is wrong' -ForEach @(
        @{ Wrong = @{ Cron = '99 * * * *' }; Words = '*99*' }
        @{ Wrong = @{ Cron = '@daily'; Every = '1h' }; Words = '*only one*' }
        @{ Wrong = @{ At = '25:00' }; Words = '*25:00*' }
        @{ Wrong = @{ Cron = '@daily'; TimeZone = 'Mars/Olympus' }; Words = '*Mars/Olympus*' }
        @{ Wrong = @{}; Words = '*one of -Cron*' }
    ) {
        $problem = Get-CommandError { Register-NapterPull wrong @what @Wrong @store }
        $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidPull,*'
        "$problem" | Should -BeLike $Words
    }

    It 'keeps which ports of a router lead to the device' {
        $map = @{ DevicePortMap = '21=2121', '40000-40030=50000-50030' }
        (Register-NapterPull routed @what @map -Every 1h @store).DevicePortMap | Should -Be $map.DevicePortMap
        (Get-NapterPull routed @store).DevicePortMap | Should -Be $map.DevicePortMap
    }

    It 'completes time zones' {
        $line = 'Register-NapterPull x -TimeZone Asia/Tok'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'Asia/Tokyo'
    }
}
