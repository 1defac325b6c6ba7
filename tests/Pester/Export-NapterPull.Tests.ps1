BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $null = Register-NapterPull nightly @what -At 02:00 -TimeZone Asia/Tokyo -DevicePortMap 21=2121 @store
}

Describe 'Export-NapterPull' -Tag Integration {
    It 'writes a file, and none over another' {
        $file = Join-Path $TestDrive 'pulls.json'
        (Export-NapterPull -Path $file @store).FullName | Should -Be $file
        (Get-CommandError { Export-NapterPull -Path $file @store }).FullyQualifiedErrorId | Should -BeLike 'PullFileNotWritten,*'
        Get-Content $file -Raw | Should -Match 'nightly'
    }

    It 'gives the text where there is no file' {
        $pull = (Export-NapterPull nightly @store | ConvertFrom-Json).pulls[0]
        $pull.timeZone | Should -Be 'Asia/Tokyo'
        $pull.devicePortMap | Should -Be '21=2121'
    }
}
