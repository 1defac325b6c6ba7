BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $null = Register-NapterPull nightly @what -Every 1h @store | Disable-NapterPull @store
}

Describe 'Enable-NapterPull' -Tag Integration {
    It 'has disabled ones run again' {
        (Get-NapterPull nightly @store).NextRun | Should -BeNullOrEmpty
        (Enable-NapterPull * @store).NextRun | Should -Not -BeNullOrEmpty
    }
}
