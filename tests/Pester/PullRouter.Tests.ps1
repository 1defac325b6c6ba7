BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    . $PSScriptRoot/Router.ps1
    $simulator = Start-NapterSimulator
    Connect-Napter -Simulator $simulator
    Use-StateFolder
    $store = @{ Store = Join-Path $TestDrive 'pulls.db' }
    $what = @{ Path = '/log/*'; Destination = Join-Path $TestDrive 'in'; Every = '1h'; Retry = 0 }
    $fingerprint = 'SHA256:' + 'A' * 43
    $byPassword = New-NapterRouter $simulator.Imsi 192.168.1.20 -Credential ([pscredential]::new('root', (ConvertTo-Secret 's3cret'))) -Via Api
    # An RSA key of its own, in PEM.
    $keyFile = Join-Path $TestDrive 'router-key'
    $rsa = [Security.Cryptography.RSA]::Create(2048)
    [IO.File]::WriteAllText($keyFile, $rsa.ExportRSAPrivateKeyPem())
    $byKey = New-NapterRouter $simulator.Imsi 192.168.1.21 -KeyFilePath $keyFile -HostKeyFingerprint $fingerprint -Port 2222 -PortRange 50000-50099 -RuleDuration 5m
}

AfterAll { Restore-StateFolder; Disconnect-Napter; Stop-NapterSimulator $simulator }

Describe 'A schedule''s -Router' {
    It 'is offered by <_>' -ForEach 'Register-NapterPull', 'Set-NapterPull' -Tag Unit {
        Get-ParameterName $_ | Should -Contain Router
        Get-ParameterName $_ | Should -Contain RouterCredentialName
    }

    It 'is refused where it cannot be meant: <Id> of <With>' -Tag Unit -ForEach @(
        @{ Id = 'RouterWithDevicePortMap'; With = @{ DevicePortMap = '21=2121' } }
        @{ Id = 'RouterOfOtherDevice'; With = @{ Imsi = '001010000000099' } }
        @{ Id = 'RouterOfOtherDevice'; With = @{ Tag = 'plant' } }
        @{ Id = 'InvalidPull'; With = @{ Router = $null } }
    ) {
        $given = @{ Router = $byPassword; RouterCredentialName = 'plant' }
        foreach ($name in $With.Keys) { $given[$name] = $With[$name] }
        (Get-CommandError { Register-NapterPull refused @given @what @store }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $store.Store | Should -Not -Exist
    }

    It 'says where a password, and a passphrase, are to be found' -Tag Unit {
        $problem = Get-CommandError { Register-NapterPull refused -Router $byPassword @what @store }
        $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidPull,*'
        "$problem" | Should -BeLike '*-RouterCredentialName*'
        $locked = Join-Path $TestDrive 'locked-key'
        $parameters = [Security.Cryptography.PbeParameters]::new('Aes256Cbc', 'SHA256', 1000)
        [IO.File]::WriteAllText($locked, $rsa.ExportEncryptedPkcs8PrivateKeyPem('phrase'.ToCharArray(), $parameters))
        $router = New-NapterRouter $simulator.Imsi 192.168.1.21 -KeyFilePath $locked -KeyPassphrase (ConvertTo-Secret 'phrase') -HostKeyFingerprint $fingerprint
        $problem = Get-CommandError { Register-NapterPull refused -Router $router @what @store }
        "$problem" | Should -BeLike '*passphrase*-RouterCredentialName*'
        (Register-NapterPull locked -Router $router -RouterCredentialName phrase @what @store).Router.KeyFilePath | Should -Be $locked
        $problem = Get-CommandError { Set-NapterPull locked -Router $router -RouterCredentialName $null @store }
        "$problem" | Should -BeLike '*passphrase*'
        Unregister-NapterPull locked @store -Confirm:$false
    }

    It 'is kept, shown, exported and imported, and no secret with it' -Tag Unit {
        $null = Register-NapterPull byKey -Router $byKey @what @store
        $null = Register-NapterPull byPassword -Router $byPassword -RouterCredentialName plant @what @store
        $file = Join-Path $TestDrive 'pulls.json'
        $null = Export-NapterPull -Path $file @store
        $other = @{ Store = Join-Path $TestDrive 'other.db' }
        $null = Import-NapterPull $file @other
        foreach ($kept in $store, $other) {
            $pull = Get-NapterPull byKey @kept
            $pull.Device | Should -Be "$($simulator.Imsi)/192.168.1.21"
            $router = $pull.Router
            "$($router.DeviceAddress)", $router.Port, $router.KeyFilePath, $router.HostKeyFingerprint, $router.FirstPort, $router.LastPort, $router.RuleDuration |
                Should -Be '192.168.1.21', 2222, $keyFile, $fingerprint, 50000, 50099, ([timespan] '00:05')
            $pull = Get-NapterPull byPassword @kept
            $pull.RouterCredentialName, $pull.Router.Via, $pull.Router.UserName | Should -Be plant, Api, root
            $pull | Format-List | Out-String | Should -Match 'Router +: .*192\.168\.1\.20'
        }
        $all = @(Get-ChildItem $TestDrive -File | Where-Object Name -NotLike '*-key' | ForEach-Object { [Text.Encoding]::Latin1.GetString([IO.File]::ReadAllBytes($_.FullName)) })
        $all += Get-NapterPull @store | ForEach-Object { $_ | Format-List * | Out-String; $_ | ConvertTo-Json -Depth 5; $_.Router | Format-List * | Out-String }
        $all -match 'router-key' | Should -Not -BeNullOrEmpty
        $all -match 's3cret' | Should -BeNullOrEmpty
        $all -match 'PRIVATE KEY' | Should -BeNullOrEmpty
    }

    It 'is changed, and cleared with the name of its login' -Tag Unit {
        (Set-NapterPull byPassword -RouterCredentialName other @store).RouterCredentialName | Should -Be other
        (Get-CommandError { Set-NapterPull byPassword -RouterCredentialName $null @store }).FullyQualifiedErrorId | Should -BeLike 'InvalidPull,*'
        (Get-CommandError { Set-NapterPull byPassword -Router $null @store }).FullyQualifiedErrorId | Should -BeLike 'InvalidPull,*'
        $pull = Set-NapterPull byPassword -Router $null -Imsi $simulator.Imsi @store
        $pull.Router, $pull.RouterCredentialName, $pull.Device | Should -Be $null, $null, $simulator.Imsi
        (Set-NapterPull byPassword -Router $byPassword -RouterCredentialName plant @store).Device | Should -Be "$($simulator.Imsi)/192.168.1.20"
    }

    It 'has its login looked up by its name at a run, and says where there is none' -Tag Integration {
        (Get-CommandError { Start-NapterPull byPassword -Here @store }).FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        $commands = Use-RouterAnswer $simulator.Sims[0] (Get-RouterText)
        try {
            $env:NAPTERFTP_LOGIN_PLANT_USER = 'root'
            $env:NAPTERFTP_LOGIN_PLANT_PASSWORD = 's3cret'
            $console = Get-ConsoleText { Start-NapterPull byPassword -Here -WhatIf @store }
            $console | Should -Match 'to reach port 21 of 192\.168\.1\.20'
            $console | Should -Not -Match 's3cret'
            $commands | Should -HaveCount 1
            # The simulated router makes no rules: that it is asked is enough.
            $null = Get-CommandError { Start-NapterPull byPassword -Here @store }
            $commands.Count | Should -BeGreaterThan 1
        } finally {
            Remove-Item Env:NAPTERFTP_LOGIN_*
        }
    }

    It 'has its key read at a run, if it is nobody else''s' -Tag Integration -Skip:$IsWindows {
        [IO.File]::SetUnixFileMode($keyFile, 'UserRead, UserWrite, OtherRead')
        (Get-CommandError { Start-NapterPull byKey -Here @store }).FullyQualifiedErrorId | Should -BeLike 'RouterKeyTooOpen,*'
    }

    It 'has a service note with the device that a login is not to be found' -Tag Integration {
        $null = Register-NapterPull served -Router $byPassword -RouterCredentialName nobody -Path '/log/*' -Destination (Join-Path $TestDrive in) -Every 3s @store
        $service = Start-NapterPullService @store -WarningAction Ignore 6> $null
        try {
            # Until the next run takes its place.
            for ($look = 0; $look -lt 300 -and -not ($noted = @(Get-NapterPullRun served -Device @store | Where-Object Error -Match "No login is known as 'nobody'")); $look++) { Start-Sleep -Milliseconds 200 }
        } finally {
            $null = Stop-NapterPullService -Name $service.Name
        }
        $noted | Should -Not -BeNullOrEmpty
    }
}
