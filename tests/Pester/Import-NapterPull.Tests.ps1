BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $null = Register-NapterPull nightly @what -At 02:00 -TimeZone Asia/Tokyo @store
    $json = Export-NapterPull @store
    $file = Join-Path $TestDrive 'pulls.json'
    $other = @{ Store = Join-Path $TestDrive 'other.db' }
}

Describe 'Import-NapterPull' -Tag Integration {
    BeforeEach { Set-Content $file $json }

    It 'makes what was exported, and none over another' {
        (Import-NapterPull $file @other).Name | Should -Be 'nightly'
        Export-NapterPull @other | Should -Be $json
        (Get-CommandError { Import-NapterPull $file @other }).FullyQualifiedErrorId | Should -BeLike 'PullExists,*'
    }

    It 'says in which line what is wrong' {
        $json.Replace('"timeZone"', '"timeZne"') | Set-Content $file
        $problem = Get-CommandError { Import-NapterPull $file @other -Force }
        $problem.FullyQualifiedErrorId | Should -BeLike 'PullFileInvalid,*'
        "$problem" | Should -Match 'line \d+: a schedule has no .timeZne.'
    }
}
