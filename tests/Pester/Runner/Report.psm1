# Tells the test program, a line of JSON at a time, what Pester finds and what becomes of it.

$writer = $null
$ids = $null
$chosen = $null
$told = $null

# Lines of a stack that are Pester's own, or ours.
$inner = "$([regex]::Escape($PSScriptRoot))|[\\/]Pester\.psm1|[\\/]Pester\.ScriptScope\.ps1|<No file>"

# Sets where the lines go, and which tests are told of: those with the ids, or all.
function Open-Report([IO.StreamWriter] $To, [string[]] $Id) {
    $script:writer = $To
    $script:ids = [Collections.Generic.Dictionary[object, string]]::new([Collections.Generic.ReferenceEqualityComparer]::Instance)
    $script:told = [Collections.Generic.HashSet[string]]::new()
    $script:chosen = $null
    if ($Id) { $script:chosen = [Collections.Generic.HashSet[string]]::new($Id) }
}

# A plugin is how Pester's extension for Visual Studio Code follows a run. It is not documented: hence one pinned version of Pester.
function New-ReportPlugin([Management.Automation.PSModuleInfo] $Pester) {
    $steps = @{
        ContainerDiscoveryEnd = { param($Context) Add-TestId $Context.Block $Context.BlockContainer.Item.Name @{} }
        EachTestSetupStart = { param($Context) Send-Test Started $Context.Test }
        EachTestTeardownEnd = { param($Context) Send-End $Context.Test }
    }
    & $Pester { param($steps) New-PluginObject -Name NapterFtp @steps } $steps
}

# A test's id is its file, its path, and its number where a file has several with one path, such as the rows of -ForEach.
function Add-TestId($Block, [string] $File, [hashtable] $Count) {
    foreach ($item in $Block.Order) {
        if ($item.ItemType -ne 'Test') {
            Add-TestId $item $File $Count
            continue
        }

        $id = "${File}: $($item.Path -join ' > ')"
        $Count[$id]++
        $ids[$item] = if ($Count[$id] -gt 1) { "$id #$($Count[$id])" } else { $id }
    }
}

function Get-TestId($Test) { $ids[$Test] }

# The file, the blocks and the test, with the values of -ForEach in them as far as they are known.
function Get-Title($Item) {
    $names = @(for ($at = $Item; $at -and -not $at.IsRoot; $at = Get-Outer $at) { Get-ExpandedName $at })
    [array]::Reverse($names)
    "$($at.BlockContainer.Item.Name): $($names -join ' > ')"
}

function Get-Outer($Item) { if ($Item.ItemType -eq 'Test') { $Item.Block } else { $Item.Parent } }

function Get-ExpandedName($Item) {
    if ($Item.ExpandedName -and $Item.ExpandedName -ne $Item.Name) { return $Item.ExpandedName }
    [regex]::Replace($Item.Name, '<(\w+)>', {
            param($match)
            for ($from = $Item; $from; $from = Get-Outer $from) {
                $name = $match.Groups[1].Value
                if ($name -eq '_' -and $null -ne $from.Data) { return "$($from.Data)" }
                if ($from.Data -is [Collections.IDictionary] -and $from.Data.Contains($name)) { return "$($from.Data[$name])" }
            }
            $match.Value
        })
}

function Send-Test([string] $Kind, $Test, [hashtable] $More = @{}) {
    $id = $ids[$Test]
    if ($null -ne $chosen -and -not $chosen.Contains($id)) { return }
    Send-Line ($More + @{
            Kind = $Kind; Id = $id; Title = Get-Title $Test; File = $Test.ScriptBlock.File; Line = $Test.StartLine
        })
}

function Send-End($Test) {
    $null = $told.Add($ids[$Test])
    $reason = $Test.ErrorRecord | Select-Object -First 1 | ForEach-Object { $_.Exception.Message -replace '^is (skipped|inconclusive), because ' }
    $more = if ($Test.Skipped) { @{ Result = 'Skipped'; Message = $reason ?? 'It is marked -Skip.' } }
    elseif ($Test.Inconclusive) { @{ Result = 'Skipped'; Message = $reason ?? 'It is inconclusive.' } }
    elseif ($Test.Passed) { @{ Result = 'Passed' } }
    else { @{ Result = 'Failed' } + (ConvertTo-Failure $Test.ErrorRecord 'It was not run: see the failure of its block or file.') }
    Send-Test Ended $Test ($more + @{ Seconds = $Test.Duration.TotalSeconds })
}

# What the plugin's steps do not show: tests whose block could not be set up, and failures of blocks and files themselves.
function Send-Rest($Run) {
    foreach ($test in $Run.Tests) {
        if ($test.Result -eq 'Failed' -and -not $told.Contains($ids[$test])) { Send-End $test }
    }
    foreach ($block in $Run.FailedBlocks) { Send-Broken (Get-Title $block) $block }
    foreach ($container in $Run.FailedContainers) { Send-Broken $container.Item.Name $container }
}

function Send-Broken([string] $Title, $Item) {
    Send-Line (@{ Kind = 'Broken'; Id = "$Title (itself)"; Title = "$Title (itself)" } + (ConvertTo-Failure $Item.ErrorRecord 'It failed.'))
}

function ConvertTo-Failure($ErrorRecord, [string] $Otherwise) {
    $messages = foreach ($record in $ErrorRecord) {
        for ($exception = $record.Exception; $exception; $exception = $exception.InnerException) { $exception.Message }
    }
    $stack = foreach ($record in $ErrorRecord) {
        if ($record.TargetObject.LineText) { "at $($record.TargetObject.LineText.Trim()), $($record.TargetObject.File): line $($record.TargetObject.Line)" }
        "$($record.ScriptStackTrace)".Split("`n") | Where-Object { $_ -and $_ -notmatch $inner }
    }
    @{ Message = if ($messages) { $messages -join "`n" } else { $Otherwise }; Stack = ($stack | Select-Object -Unique) -join "`n" }
}

function Send-Line([hashtable] $Line) { $writer.WriteLine((ConvertTo-Json $Line -Compress)) }

Export-ModuleMember Open-Report, New-ReportPlugin, Get-TestId, Get-Title, Send-Test, Send-Rest, Send-Line
