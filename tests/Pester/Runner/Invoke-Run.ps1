<#
.SYNOPSIS
    Runs tests with Pester, and tells the test program what becomes of each.
.DESCRIPTION
    The request is the pipe's first line, in JSON: Files, the tests to choose in them by Names (wildcards) and Ids, and whether to
    List them only. Lines of JSON go back, each with a Kind: Found, Started, Ended, Broken (a failure that is no test's own), and
    Finished, without which a run was not complete.
.PARAMETER PipeName
    The pipe that the test program serves.
.PARAMETER PesterPath
    Pester's manifest.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $PipeName,
    [Parameter(Mandatory)] [string] $PesterPath
)

$ErrorActionPreference = 'Stop'
$pipe = [IO.Pipes.NamedPipeClientStream]::new('.', $PipeName, [IO.Pipes.PipeDirection]::InOut)
$pipe.Connect(30000)
$request = [IO.StreamReader]::new($pipe).ReadLine() | ConvertFrom-Json
$writer = [IO.StreamWriter]::new($pipe)
$writer.AutoFlush = $true

$pester = Import-Module $PesterPath -PassThru
Import-Module (Join-Path $PSScriptRoot 'Report.psm1')
& $pester { param($plugin) $script:additionalPlugins = @($plugin) } (New-ReportPlugin $pester)

$configuration = New-PesterConfiguration
$configuration.Run.Path = $request.Files
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'None'
Open-Report $writer

if ($request.List -or $request.Names -or $request.Ids) {
    $configuration.Run.SkipRun = $true
    $found = Invoke-Pester -Configuration $configuration
    $chosen = foreach ($test in $found.Tests) {
        $title = Get-Title $test
        $named = -not $request.Names -or ($request.Names | Where-Object { $title -like $_ })
        if ($named -and (-not $request.Ids -or (Get-TestId $test) -in $request.Ids)) { $test }
    }

    if ($request.List) {
        $chosen | ForEach-Object { Send-Test Found $_ }
        Send-Rest $found
    } elseif ($chosen) {
        # Pester itself chooses by path, which the rows of -ForEach share: the report leaves out those that are not meant.
        $configuration.Run.Path = @($chosen | ForEach-Object { $_.ScriptBlock.File } | Select-Object -Unique)
        $configuration.Filter.FullName = @($chosen | ForEach-Object { [WildcardPattern]::Escape($_.Path -join '.') } | Select-Object -Unique)
        $chosenIds = $chosen | ForEach-Object { Get-TestId $_ }
        Open-Report $writer $chosenIds
    } else {
        Send-Rest $found
    }
    $configuration.Run.SkipRun = $false
}

if (-not $request.List -and (-not ($request.Names -or $request.Ids) -or $chosen)) {
    Send-Rest (Invoke-Pester -Configuration $configuration)
}

Send-Line @{ Kind = 'Finished' }
$writer.Dispose()
