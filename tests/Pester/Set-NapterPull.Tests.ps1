BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $null = Register-NapterPull nightly @what -Every 1h @store
}

Describe 'Set-NapterPull' -Tag Integration {
    It 'changes what is given and leaves the rest' {
        $changed = Set-NapterPull nightly -At 02:00, 14:00 -TimeZone Asia/Tokyo -MaxFiles 7 @store
        $changed.At | Should -Be '02:00', '14:00'
        $changed.Every | Should -BeNullOrEmpty
        $changed.Path | Should -Be '/log/*.csv'
        (Set-NapterPull nightly -MaxFiles $null @store).MaxFiles | Should -BeNullOrEmpty
        (Get-CommandError { Set-NapterPull nobody -MaxFiles 7 @store }).FullyQualifiedErrorId | Should -BeLike 'PullNotFound,*'
    }

    It 'changes which ports of a router lead to the device' {
        $null = Register-NapterPull routed @what -DevicePortMap 21=2121 -Every 1h @store
        (Set-NapterPull routed -DevicePortMap 21=2122 @store).DevicePortMap | Should -Be '21=2122'
        (Set-NapterPull routed -DevicePortMap $null @store).DevicePortMap | Should -BeNullOrEmpty
        $problem = Get-CommandError { Set-NapterPull routed -DevicePortMap 21=2121, 22=2121 @store }
        $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidPull,*'
        "$problem" | Should -BeLike '*2121*'
    }
}
