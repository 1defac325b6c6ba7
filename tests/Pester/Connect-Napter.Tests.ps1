BeforeAll {
    . $PSScriptRoot/Initialize-Test.ps1
    $simulator = Start-NapterSimulator
}

AfterAll { Stop-NapterSimulator $simulator }

Describe 'Connect-Napter' {
    AfterEach { Disconnect-Napter }

    Context 'its parameters' -Tag Unit {
        It 'offers <_>' -ForEach @(
            'Credential', 'AuthKeyId', 'AuthKey', 'OperatorId', 'ProfileName', 'Simulator', 'MfaCode', 'Coverage', 'Endpoint'
            'TrustedRootPath', 'TokenTimeout', 'PassThru'
        ) {
            Get-ParameterName Connect-Napter | Should -Contain $_
        }

        It 'takes the auth key as a secure string only' {
            (Get-Command Connect-Napter).Parameters.AuthKey.ParameterType | Should -Be ([securestring])
        }

        It 'completes the profiles of soracom-cli' {
            $null = New-Item "$TestDrive/site one.json", "$TestDrive/site2.json"
            $env:SORACOM_PROFILE_DIR = $TestDrive
            try {
                $line = 'Connect-Napter -ProfileName s'
                (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be "'site one'", 'site2'
            } finally { $env:SORACOM_PROFILE_DIR = $null }
        }
    }

    Context 'signing in' -Tag Integration {
        It 'connects to <_>' -ForEach '-Simulator', '-Simulator $simulator', '$simulator |' {
            $command = if ($_ -like '*|') { "$_ Connect-Napter -PassThru" } else { "Connect-Napter $_ -PassThru" }
            (& ([scriptblock]::Create($command))).OperatorId | Should -Be $simulator.OperatorId
        }

        It 'signs in with email and password' {
            $credential = [pscredential]::new($simulator.Email, (ConvertTo-Secret $simulator.Password))
            $connection = Connect-Napter -Credential $credential -Endpoint $simulator.ApiEndPoint -PassThru
            $connection.OperatorId | Should -Be $simulator.OperatorId
            $connection.TokenExpiresAt | Should -BeGreaterThan ([DateTimeOffset]::Now)
        }

        It 'signs in with an auth key, and a token of the length asked for' {
            $connection = Connect-Napter -AuthKeyId $simulator.AuthKeyId -AuthKey (ConvertTo-Secret $simulator.AuthKey) `
                -Endpoint $simulator.ApiEndPoint -TokenTimeout 1h -PassThru
            $connection.TokenExpiresAt | Should -BeLessThan ([DateTimeOffset]::Now.AddMinutes(61))
        }

        It 'signs in from the environment' {
            $env:SORACOM_AUTH_KEY_ID, $env:SORACOM_AUTH_KEY = $simulator.AuthKeyId, $simulator.AuthKey
            $env:SORACOM_ENDPOINT = $simulator.ApiEndPoint
            try { (Connect-Napter -PassThru).OperatorId | Should -Be $simulator.OperatorId } finally {
                $env:SORACOM_AUTH_KEY_ID, $env:SORACOM_AUTH_KEY, $env:SORACOM_ENDPOINT = $null
            }
        }

        It 'says in its verbose output what it asked of SORACOM, and no secret' {
            $text = Connect-Napter -Simulator $simulator -Verbose 4>&1 | Out-String
            $text | Should -Match 'auth'
            $text | Should -Not -Match ([regex]::Escape($simulator.AuthKey))
        }

        It 'keeps the connection of a session that a failed sign-in follows' {
            Connect-Napter -Simulator $simulator
            $null = Get-CommandError { Connect-Napter -ProfileName none }
            Get-NapterPort | Should -BeNullOrEmpty
        }
    }

    Context 'bad input' -Tag Unit {
        It 'refuses <Name> with <Id>' -ForEach @(
            @{ Name = 'plain http to another host'; Id = 'EndpointNotSecure'; Category = 'SecurityError'; Parameters = @{ Endpoint = 'http://api.example.com' } }
            @{ Name = 'a PEM file that is not there'; Id = 'TrustedRootUnreadable'; Category = 'OpenError'; Parameters = @{ TrustedRootPath = 'nowhere.pem' } }
            @{ Name = 'a folder in place of a PEM file'; Id = 'TrustedRootUnreadable'; Category = 'OpenError'; Parameters = @{ TrustedRootPath = $PSScriptRoot } }
            @{ Name = 'a file that holds no certificate'; Id = 'TrustedRootInvalid'; Category = 'InvalidArgument'; Parameters = @{ TrustedRootPath = $PSCommandPath } }
            @{ Name = 'an unreachable API'; Id = 'SoracomUnreachable'; Category = 'ConnectionError'; Parameters = @{ Endpoint = 'http://127.0.0.1:1' } }
            @{ Name = 'a profile that is not there'; Id = 'ProfileNotFound'; Category = 'ObjectNotFound'; Parameters = @{ ProfileName = 'no-such-profile' } }
        ) {
            $key = if ($Parameters.ProfileName) { @{} } else { @{ AuthKeyId = 'keyId-x'; AuthKey = ConvertTo-Secret 'secret-x' } }
            $failure = Get-CommandError { Connect-Napter @key @Parameters }
            $failure.FullyQualifiedErrorId | Should -Be "$Id,NapterFtp.PowerShell.Commands.ConnectNapterCommand"
            $failure.CategoryInfo.Category | Should -Be $Category
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        }

        It 'refuses a profile that others can read' -Skip:$IsWindows {
            '{"authKeyId":"a","authKey":"b"}' | Set-Content "$TestDrive/open.json"
            chmod 644 "$TestDrive/open.json"
            $env:SORACOM_PROFILE_DIR = $TestDrive
            try {
                $failure = Get-CommandError { Connect-Napter -ProfileName open }
                $failure.FullyQualifiedErrorId | Should -BeLike 'ProfilePermissionsTooOpen,*'
                $failure.CategoryInfo.Category | Should -Be PermissionDenied
                $failure.ErrorDetails.RecommendedAction | Should -Match 'chmod 600'
            } finally { $env:SORACOM_PROFILE_DIR = $null }
        }

        It 'refuses a wrong password, without repeating it' {
            $failure = Get-CommandError {
                Connect-Napter -Credential ([pscredential]::new($simulator.Email, (ConvertTo-Secret 'wrong-word'))) -Endpoint $simulator.ApiEndPoint
            }
            $failure.CategoryInfo.Category | Should -Be AuthenticationError
            $failure.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
            $failure | Out-String | Should -Not -Match 'wrong-word'
        }

        It 'refuses two ways to sign in at once' {
            (Get-CommandError { Connect-Napter -ProfileName a -AuthKeyId b }).FullyQualifiedErrorId | Should -BeLike 'AmbiguousParameterSet,*'
        }
    }
}
