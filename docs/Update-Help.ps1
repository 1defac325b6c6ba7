<#
.SYNOPSIS
    Makes the help in en-US/ of the pages in docs/en-US/, after bringing these up to date with the cmdlets of the built module;
    then that in ja-JP/, with the texts of docs/ja-JP/.
.DESCRIPTION
    A cmdlet without an English page gets one to be filled in. Needs the module Microsoft.PowerShell.PlatyPS 1.0 or later; the about topics
    do without.
#>
[CmdletBinding()]
param()

$ErrorActionPreference = 'Stop'
$root = Split-Path $PSScriptRoot
$pages = Join-Path $PSScriptRoot 'en-US'
$help = Join-Path $root 'en-US'
. (Join-Path $PSScriptRoot 'TranslatedHelp.ps1')

# An about topic as plain text: headings in capitals, text indented, no marks.
function ConvertTo-AboutText([string] $Path) {
    $code = $false
    foreach ($line in Get-Content -LiteralPath $Path) {
        if ($line -match '^```') { $code = -not $code; continue }
        if ($code) { "        $line"; continue }
        $plain = $line -replace '\[([^\]]+)\]\([^)]+\)', '$1' -replace '`|\*\*', ''
        switch -Regex ($plain) {
            '^# (.+)' { 'TOPIC'; "    $($Matches[1])"; break }
            '^#+ (.+)' { $Matches[1].ToUpperInvariant(); break }
            '^$' { ''; break }
            default { "    $plain" }
        }
    }
}

# The external help as it should have been exported: an example's code where Get-Help looks for it, without fences; defaults; no
# link without address.
function Convert-Maml([string] $Path, $Commands) {
    $xml = [xml]::new()
    $xml.PreserveWhitespace = $true
    $xml.Load($Path)
    $maml = 'http://schemas.microsoft.com/maml/2004/10'
    $dev = 'http://schemas.microsoft.com/maml/dev/2004/10'
    foreach ($command in $xml.GetElementsByTagName('command:command')) {
        $page = $Commands | Where-Object Title -EQ $command.details.name
        foreach ($example in $command.examples.example) {
            $texts = @($example.introduction.para | Where-Object { $_ -ne [char] 0x80 })
            $example.introduction.RemoveAll()
            $example['dev:code'].InnerText = ($texts[0] -split "`n" | Where-Object { $_ -notmatch '^```' }) -join "`n"
            foreach ($text in $texts | Select-Object -Skip 1) {
                $example['dev:remarks'].AppendChild($xml.CreateElement('maml', 'para', $maml)).InnerText = $text
            }
        }
        foreach ($parameter in @($command.parameters.parameter) + @($command.syntax.syntaxItem.parameter)) {
            $default = ($page.Parameters | Where-Object Name -EQ $parameter.name).DefaultValue
            if ($default) {
                $parameter.AppendChild($xml.CreateElement('dev', 'defaultValue', $dev)).InnerText = $default
            }
        }
        foreach ($link in @($command.relatedLinks.navigationLink)) {
            if ($link.linkText -eq 'Online Version') { $null = $link.ParentNode.RemoveChild($link) }
        }
    }
    $xml.OuterXml -replace '(?m)[ \t]+$' -replace '(\r?\n){2,}(?=[ \t]*<)', "`n"
}

function Select-Undated([string] $Text) { $Text -replace '(?m)^ms\.date:.*$' }

foreach ($language in 'en-US', 'ja-JP') {
    $null = New-Item -ItemType Directory -Path (Join-Path $root $language) -Force
    foreach ($page in Get-ChildItem (Join-Path $PSScriptRoot $language) -Filter about_*.md) {
        ConvertTo-AboutText $page.FullName | Set-Content -LiteralPath (Join-Path $root "$language/$($page.BaseName).help.txt") -Encoding utf8
    }
}

if (-not (Get-Module -ListAvailable Microsoft.PowerShell.PlatyPS | Where-Object Version -GE 1.0.0)) {
    throw 'Only the about topics were made: the rest needs the module Microsoft.PowerShell.PlatyPS 1.0 or later (Install-PSResource Microsoft.PowerShell.PlatyPS).'
}

Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0.0
Import-Module (Join-Path $root 'NapterFtp.psd1') -Force

$work = Join-Path ([IO.Path]::GetTempPath()) "napterftp-help-$([guid]::NewGuid().ToString('N'))"
$null = New-Item -ItemType Directory -Path $work

# Out of the way: updating a page would add what the last run's help says to what the page says now.
$former = foreach ($file in Get-ChildItem (Join-Path $root 'en-US'), (Join-Path $root 'ja-JP') -Filter *-Help.xml) {
    $aside = Join-Path $work "$($file.Directory.Name).xml"
    Move-Item -LiteralPath $file.FullName -Destination $aside
    [pscustomobject]@{ Path = $file.FullName; Aside = $aside }
}

try {
    foreach ($command in Get-Command -Module NapterFtp) {
        $page = Join-Path $pages "$($command.Name).md"
        if (-not (Test-Path $page)) {
            $made = New-MarkdownCommandHelp -CommandInfo $command -OutputFolder $work -Force
            Copy-Item -LiteralPath $made.FullName -Destination $page
            Write-Warning "$page is new: fill it in."
        }
    }

    $commandPages = Get-ChildItem $pages -Filter *-*.md
    foreach ($page in $commandPages) {
        # Updating dates a page anew in any case: one that is up to date already is to stay as it is.
        $before = [IO.File]::ReadAllText($page.FullName)
        $null = Update-MarkdownCommandHelp -Path $page.FullName -NoBackup
        if ((Select-Undated ([IO.File]::ReadAllText($page.FullName))) -eq (Select-Undated $before)) {
            [IO.File]::WriteAllText($page.FullName, $before, [Text.UTF8Encoding]::new($true))
        }
    }

    $commands = Import-MarkdownCommandHelp -Path $commandPages.FullName
    foreach ($made in $commands | Export-MamlCommandHelp -OutputFolder $work -Force) {
        $english = Join-Path $help $made.Name
        Convert-Maml $made.FullName $commands | Set-Content -LiteralPath $english -Encoding utf8
        Convert-HelpLanguage $english (Join-Path $PSScriptRoot 'ja-JP') | Set-Content -LiteralPath (Join-Path $root "ja-JP/$($made.Name)") -Encoding utf8
    }
} finally {
    foreach ($file in $former) {
        if (-not (Test-Path $file.Path)) { Move-Item -LiteralPath $file.Aside -Destination $file.Path }
    }
    Remove-Item -LiteralPath $work -Recurse -Force -ErrorAction Ignore
}
