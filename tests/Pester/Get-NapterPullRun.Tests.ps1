BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $simulator = Open-PullDevice
    $null = Register-NapterPull nightly @what @seldom @store
    $null = Start-NapterPull nightly -Here @store
    $null = Start-NapterPull nightly -Here @store
    Set-Content (Join-Path $TestDrive 'device/log/b.csv') 'another length'
    $null = Start-NapterPull nightly -Here @store
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Get-NapterPullRun' -Tag Integration {
    It 'tells of the runs, the latest first' {
        $runs = Get-NapterPullRun nightly @store
        $runs.Files | Should -Be 1, 0, 2
        $runs[0].Devices | Should -Be 1
        $runs[0].Done | Should -Be 1
        $runs[0].Ended | Should -Not -BeNullOrEmpty
        (Get-NapterPullHistory -RunId $runs[0].Id @store).Path | Should -Be '/log/b.csv'
        (Get-NapterPull nightly @store).LastRun | Should -Not -BeNullOrEmpty
        Get-NapterPullRun -Failed @store | Should -BeNullOrEmpty
    }

    It 'tells of as many as are asked for, and of their devices' {
        $last = Get-NapterPullRun -First 1 @store
        $last.Files | Should -Be 1
        $device = Get-NapterPullRun -Id $last.Id -Device @store
        $device.Imsi, $device.Files, $device.State | Should -Be $what.Imsi, 1, 'Done'
    }
}
