BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $store = @{ Store = Join-Path $TestDrive 'pulls.db' }
    $what = @{ Imsi = '001010000000001'; Path = '/log/*.csv'; Destination = Join-Path $TestDrive 'in' }
}

Describe 'Schedules' -Tag Integration {
    It 'registers one, and says when it runs next' {
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
        (Get-CommandError { Register-NapterPull NIGHTLY @what -Every 1h @store }).FullyQualifiedErrorId | Should -BeLike 'PullExists,*'
        (Register-NapterPull nightly @what -Every 1h @store -Force).Every | Should -Be ([timespan] '01:00:00')
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

    It 'changes what is given and leaves the rest' {
        $changed = Set-NapterPull nightly -At 02:00, 14:00 -TimeZone Asia/Tokyo -MaxFiles 7 @store
        $changed.At | Should -Be '02:00', '14:00'
        $changed.Every | Should -BeNullOrEmpty
        $changed.Path | Should -Be '/log/*.csv'
        (Set-NapterPull nightly -MaxFiles $null @store).MaxFiles | Should -BeNullOrEmpty
        (Get-CommandError { Set-NapterPull nobody -MaxFiles 7 @store }).FullyQualifiedErrorId | Should -BeLike 'PullNotFound,*'
    }

    It 'keeps which ports of a router lead to the device' {
        $map = @{ DevicePortMap = '21=2121', '40000-40030=50000-50030' }
        (Register-NapterPull routed @what @map -Every 1h @store).DevicePortMap | Should -Be $map.DevicePortMap
        $json = Export-NapterPull routed @store
        ($json | ConvertFrom-Json).pulls[0].devicePortMap | Should -Be $map.DevicePortMap
        (Set-NapterPull routed -DevicePortMap 21=2122 @store).DevicePortMap | Should -Be '21=2122'
        (Set-NapterPull routed -DevicePortMap $null @store).DevicePortMap | Should -BeNullOrEmpty
        $problem = Get-CommandError { Set-NapterPull routed -DevicePortMap 21=2121, 22=2121 @store }
        $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidPull,*'
        "$problem" | Should -BeLike '*2121*'
        Unregister-NapterPull routed @store -Confirm:$false
    }

    It 'disables and enables by the pipeline' {
        (Get-NapterPull night* @store | Disable-NapterPull @store).Enabled | Should -BeFalse
        (Get-NapterPull nightly @store).NextRun | Should -BeNullOrEmpty
        (Enable-NapterPull * @store).NextRun | Should -Not -BeNullOrEmpty
    }

    It 'exports and imports, with the line of what is wrong' {
        $file = Join-Path $TestDrive 'pulls.json'
        (Export-NapterPull -Path $file @store).FullName | Should -Be $file
        (Get-CommandError { Export-NapterPull -Path $file @store }).FullyQualifiedErrorId | Should -BeLike 'PullFileNotWritten,*'
        $json = Export-NapterPull nightly @store
        ($json | ConvertFrom-Json).pulls[0].timeZone | Should -Be 'Asia/Tokyo'

        $other = @{ Store = Join-Path $TestDrive 'other.db' }
        (Import-NapterPull $file @other).Name | Should -Be 'nightly'
        Export-NapterPull @other | Should -Be $json
        (Get-CommandError { Import-NapterPull $file @other }).FullyQualifiedErrorId | Should -BeLike 'PullExists,*'

        $json.Replace('"timeZone"', '"timeZne"') | Set-Content $file
        $problem = Get-CommandError { Import-NapterPull $file @other -Force }
        $problem.FullyQualifiedErrorId | Should -BeLike 'PullFileInvalid,*'
        "$problem" | Should -Match 'line \d+: a schedule has no .timeZne.'
    }

    It 'completes names, and time zones' {
        $line = "Get-NapterPull -Store '$($store.Store)' n"
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'nightly'
        $line = 'Register-NapterPull x -TimeZone Asia/Tok'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'Asia/Tokyo'
    }

    It 'forgets one' {
        Unregister-NapterPull nightly @store -Confirm:$false
        Get-NapterPull @store | Should -BeNullOrEmpty
        (Get-CommandError { Unregister-NapterPull nightly @store -Confirm:$false }).FullyQualifiedErrorId | Should -BeLike 'PullNotFound,*'
    }
}
