BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Pulls.ps1
    $simulator = Open-PullDevice
    $null = Register-NapterPull nightly -Imsi $what.Imsi -Path $what.Path -Destination (Join-Path $in '{Imsi}') @seldom @store
}

AfterAll { Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'Start-NapterPull' -Tag Integration {
    It 'says what it would copy, and notes nothing: <How>' -ForEach @(
        @{ How = '-WhatIf'; Look = { Start-NapterPull nightly -Here -WhatIf @store } }
        @{ How = '$WhatIfPreference'; Look = { $WhatIfPreference = $true; Start-NapterPull nightly -Here @store } }
    ) {
        & $Look | Should -BeNullOrEmpty
        $in | Should -Not -Exist
        Get-NapterPullRun @store | Should -BeNullOrEmpty
        Get-NapterPullHistory @store | Should -BeNullOrEmpty
    }

    It 'says that no service runs, and queues nothing' {
        (Get-CommandError { Start-NapterPull nightly @store }).FullyQualifiedErrorId | Should -BeLike 'PullServiceNotRunning,*'
        Get-NapterPullRun @store | Should -BeNullOrEmpty
    }

    It 'copies each version of each file once, also where the copy has been moved away' {
        (Start-NapterPull nightly -Here @store).Status | Should -Be Copied, Copied
        Get-Content (Join-Path $in '001010000000001/a.csv') | Should -Be 'one'
        Remove-Item (Join-Path $in '*') -Recurse
        (Start-NapterPull nightly -Here @store).Status | Should -Be Skipped, Skipped
        Set-Content (Join-Path $TestDrive 'device/log/b.csv') 'another length'
        (Start-NapterPull nightly -Here @store | Where-Object Status -EQ Copied).Source | Should -Be '/log/b.csv'
    }

    It 'puts a file that is named as such into the folder, which is not there yet' {
        $null = Register-NapterPull daily -Imsi $what.Imsi -Path '/log/a.csv' -Destination (Join-Path $in 'daily') -IfExists Overwrite @seldom @store
        (Start-NapterPull daily -Here @store).Status | Should -Be Copied
        Get-Content (Join-Path $in 'daily/a.csv') | Should -Be 'one'
    }

    It 'says that there is no such schedule' {
        (Get-CommandError { Start-NapterPull nobody -Here @store }).FullyQualifiedErrorId | Should -BeLike 'PullNotFound,*'
    }

    It 'looks the login up by its name' {
        $null = Set-NapterPull nightly -CredentialName 'plant 1' @store
        (Get-CommandError { Start-NapterPull nightly -Here @store }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        try {
            $env:NAPTERFTP_LOGIN_PLANT_1_USER = 'anonymous'
            $env:NAPTERFTP_LOGIN_PLANT_1_PASSWORD = 'x'
            (Start-NapterPull nightly -Here @store).Status | Should -Be Skipped, Skipped
        } finally {
            Remove-Item Env:NAPTERFTP_LOGIN_*
        }
    }

    It 'looks the login up in the file of logins, which must be its own' -Skip:$IsWindows {
        $null = Set-NapterPull nightly -CredentialName 'plant 1' @store
        $env:NAPTERFTP_LOGIN_FILE = Join-Path $TestDrive 'logins.json'
        try {
            '{"plant 1": {"user": "anonymous", "password": "x"}}' | Set-Content $env:NAPTERFTP_LOGIN_FILE
            [IO.File]::SetUnixFileMode($env:NAPTERFTP_LOGIN_FILE, 'UserRead, UserWrite, OtherRead')
            (Get-CommandError { Start-NapterPull nightly -Here @store }).FullyQualifiedErrorId | Should -BeLike 'LoginFileTooOpen,*'
            [IO.File]::SetUnixFileMode($env:NAPTERFTP_LOGIN_FILE, 'UserRead, UserWrite')
            (Start-NapterPull nightly -Here @store).Status | Should -Be Skipped, Skipped
        } finally {
            Remove-Item Env:NAPTERFTP_LOGIN_FILE
        }
    }

    # A stub: SecretManagement itself is not needed to know that its commands are called as it says.
    It 'looks the login up by Get-Secret where SecretManagement is' {
        $null = Set-NapterPull nightly -CredentialName vault @store
        function global:Get-Secret {
            [CmdletBinding()]
            [OutputType([pscredential])]
            param([string] $Name)
            if ($Name -eq 'vault') { [pscredential]::new('anonymous', [securestring]::new()) }
        }
        try {
            (Start-NapterPull nightly -Here @store).Status | Should -Be Skipped, Skipped
            $null = Set-NapterPull nightly -CredentialName other @store
            (Get-CommandError { Start-NapterPull nightly -Here @store }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        } finally {
            Remove-Item Function:Get-Secret
        }
    }

    It 'tells which device failed' {
        $null = Set-NapterPull nightly -CredentialName $null -Imsi 001010000000099 @store
        Get-CommandError { Start-NapterPull nightly -Here @store } | Should -Not -BeNullOrEmpty
        (Get-NapterPullRun -Failed @store).Error | Should -Not -BeNullOrEmpty
    }
}
