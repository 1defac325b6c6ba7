# The external help in another language: the English one, in which the texts of that language's pages take their places. So
# syntax, types and examples' code are the same in both. Dot-sourced by Update-Help.ps1.

# A page's sections, by their headings: its parts, by theirs. What comes before the first part is the part ''.
function Read-TranslatedPage([string] $Path) {
    $sections = @{}
    $section = $part = ''
    foreach ($line in [IO.File]::ReadAllLines($Path)) {
        if ($line -match '^## (.+)') { $section = $Matches[1]; $part = ''; $sections[$section] = [ordered]@{} }
        elseif ($line -match '^### (.+)') { $part = $Matches[1]; $sections[$section][$part] = '' }
        elseif ($section) { $sections[$section][$part] += $line + "`n" }
    }
    $sections
}

# A text without the code in it, as paragraphs.
function ConvertTo-Paragraph([string] $Text) {
    ($Text -replace '(?s)```.*?```').Trim() -split "`n{2,}" | Where-Object { $_ } | ForEach-Object Trim
}

function Write-Paragraph([Xml.XmlElement] $Element, [string[]] $Text) {
    $Element.RemoveAll()
    foreach ($paragraph in $Text) {
        $child = $Element.OwnerDocument.CreateElement('maml', 'para', 'http://schemas.microsoft.com/maml/2004/10')
        $child.InnerText = $paragraph
        $null = $Element.AppendChild($child)
    }
}

# The help of Path with the texts of the pages in the folder Pages: one for each cmdlet, and parameters.md for the parameters that
# a cmdlet's own page does not describe. What has no translation stays English.
function Convert-HelpLanguage([string] $Path, [string] $Pages) {
    $xml = [xml]::new()
    $xml.PreserveWhitespace = $true
    $xml.Load($Path)
    $shared = Get-Content -Raw (Join-Path $Pages 'parameters.md')
    $common = @{}
    foreach ($match in [regex]::Matches($shared, '(?ms)^### -(\w+)\n(.*?)(?=^### |\z)')) { $common[$match.Groups[1].Value] = $match.Groups[2].Value }
    foreach ($command in $xml.GetElementsByTagName('command:command')) {
        $file = Join-Path $Pages "$($command.details.name).md"
        if (-not (Test-Path $file)) { Write-Warning "$file is missing."; continue }

        $page = Read-TranslatedPage $file
        Write-Paragraph $command.details['maml:description'] (ConvertTo-Paragraph $page['SYNOPSIS'][''])
        # In one paragraph, as the English: Get-Help shows its line ends.
        Write-Paragraph $command['maml:description'] $page['DESCRIPTION'][''].Trim()
        if ($page['NOTES']) { Write-Paragraph $command['maml:alertSet']['maml:alert'] (ConvertTo-Paragraph $page['NOTES']['']) }

        $titles = @($page['EXAMPLES'].Keys | Where-Object { $_ })
        $number = 0
        foreach ($example in $command['command:examples'].GetElementsByTagName('command:example')) {
            $title = $titles[$number++]
            $example['maml:title'].InnerText = "--------- $title ---------"
            Write-Paragraph $example['dev:remarks'] (ConvertTo-Paragraph $page['EXAMPLES'][$title])
        }

        foreach ($parameter in $command['command:parameters'].GetElementsByTagName('command:parameter')) {
            $name = $parameter['maml:name'].InnerText
            $text = if ($page['PARAMETERS']) { $page['PARAMETERS']["-$name"] }
            if (-not $text) { $text = $common[$name] }
            if ($text) { Write-Paragraph $parameter['maml:description'] (ConvertTo-Paragraph $text) }
        }
    }
    $xml.OuterXml
}
