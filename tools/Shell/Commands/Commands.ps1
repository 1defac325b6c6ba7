# What scripts can hardly do without and the engine's package does not bring: the common parameters of each, no more.
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSAvoidOverwritingBuiltInCmdlets', '', Justification = 'Where these run, there are none.')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseApprovedVerbs', '', Justification = 'The names are given.')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'As the originals.')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSReviewUnusedParameter', '', Justification = 'Accepted as the originals do.')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseOutputTypeCorrectly', '', Justification = 'Nobody asks these for their types.')]
param()

function Get-Location { [CmdletBinding()] param() $PSCmdlet.SessionState.Path.CurrentLocation }

function Set-Location {
    [CmdletBinding()] param([Parameter(Mandatory, Position = 0)] [string] $Path)
    $null = $PSCmdlet.SessionState.Path.SetLocation($Path)
}

function Join-Path {
    [CmdletBinding()] param(
        [Parameter(Mandatory, Position = 0)] [string] $Path,
        [Parameter(Mandatory, Position = 1)] [string] $ChildPath,
        [Parameter(ValueFromRemainingArguments)] [string[]] $AdditionalChildPath
    )
    $result = $PSCmdlet.SessionState.Path.Combine($Path, $ChildPath)
    foreach ($child in $AdditionalChildPath) { $result = $PSCmdlet.SessionState.Path.Combine($result, $child) }
    $result
}

function Split-Path {
    [CmdletBinding()] param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path,
        [switch] $Parent, [switch] $Leaf, [switch] $LeafBase, [switch] $Extension
    )
    process {
        if ($Leaf) { [IO.Path]::GetFileName($Path) }
        elseif ($LeafBase) { [IO.Path]::GetFileNameWithoutExtension($Path) }
        elseif ($Extension) { [IO.Path]::GetExtension($Path) }
        else { $PSCmdlet.SessionState.Path.ParseParent($Path, $null) }
    }
}

function Convert-Path {
    [CmdletBinding()] param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path)
    process { $provider = $null; $PSCmdlet.SessionState.Path.GetResolvedProviderPathFromPSPath($Path, [ref] $provider) }
}

function Resolve-Path {
    [CmdletBinding()] param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path)
    process { $PSCmdlet.SessionState.Path.GetResolvedPSPathFromPSPath($Path) }
}

function Test-Path {
    [CmdletBinding()] param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [AllowEmptyString()] [string] $Path,
        [ValidateSet('Any', 'Container', 'Leaf')] [string] $PathType = 'Any'
    )
    process {
        $found = $Path -and $PSCmdlet.InvokeProvider.Item.Exists($Path)
        if ($found -and $PathType -ne 'Any') {
            $found = $PSCmdlet.InvokeProvider.Item.IsContainer($Path) -eq ($PathType -eq 'Container')
        }
        [bool] $found
    }
}

function Get-Item {
    [CmdletBinding()] param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path)
    process { $PSCmdlet.InvokeProvider.Item.Get($Path) }
}

function Get-ChildItem {
    [CmdletBinding()] param(
        [Parameter(Position = 0, ValueFromPipeline)] [string] $Path = '.',
        [Parameter(Position = 1)] [string] $Filter = '*',
        [switch] $Recurse, [switch] $File, [switch] $Directory, [switch] $Name
    )
    process {
        foreach ($item in $PSCmdlet.InvokeProvider.ChildItem.Get($Path, $Recurse.IsPresent)) {
            if ($item.PSChildName -notlike $Filter) { continue }
            if (($File -and $item.PSIsContainer) -or ($Directory -and -not $item.PSIsContainer)) { continue }
            if ($Name) { $item.PSChildName } else { $item }
        }
    }
}

function New-Item {
    [CmdletBinding(SupportsShouldProcess)] param(
        [Parameter(Mandatory, Position = 0)] [string] $Path,
        [string] $ItemType = 'File', [object] $Value, [switch] $Force
    )
    if ($Force -and $ItemType -eq 'Directory' -and $PSCmdlet.InvokeProvider.Item.IsContainer($Path)) {
        return $PSCmdlet.InvokeProvider.Item.Get($Path)
    }
    if ($PSCmdlet.ShouldProcess($Path, "New $ItemType")) {
        $PSCmdlet.InvokeProvider.Item.New([string[]] $Path, '', $ItemType, $Value, $Force.IsPresent)
    }
}

function Remove-Item {
    [CmdletBinding(SupportsShouldProcess)] param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('FullName')] [string] $Path,
        [switch] $Recurse, [switch] $Force
    )
    process {
        if ($PSCmdlet.ShouldProcess($Path)) {
            $PSCmdlet.InvokeProvider.Item.Remove([string[]] $Path, $Recurse.IsPresent, $Force.IsPresent, $false)
        }
    }
}

function Copy-Item {
    [CmdletBinding(SupportsShouldProcess)] param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path,
        [Parameter(Mandatory, Position = 1)] [string] $Destination,
        [switch] $Recurse, [switch] $Force
    )
    process {
        if ($PSCmdlet.ShouldProcess($Path, "Copy to $Destination")) {
            $null = $PSCmdlet.InvokeProvider.Item.Copy(
                [string[]] $Path, $Destination, $Recurse.IsPresent, 'CopyTargetContainer', $Force.IsPresent, $false)
        }
    }
}

function Get-Content {
    [CmdletBinding()] param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path, [switch] $Raw)
    process {
        $file = Convert-Path $Path
        if ($Raw) { [IO.File]::ReadAllText($file) } else { [IO.File]::ReadLines($file) }
    }
}

function Set-Content {
    [CmdletBinding(SupportsShouldProcess)] param(
        [Parameter(Mandatory, Position = 0)] [string] $Path,
        [Parameter(Mandatory, Position = 1, ValueFromPipeline)] [AllowEmptyString()] [string[]] $Value,
        [switch] $NoNewline
    )
    begin { $lines = [Collections.Generic.List[string]]::new() }
    process { $lines.AddRange($Value) }
    end {
        $file = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
        if ($PSCmdlet.ShouldProcess($file)) {
            if ($NoNewline) { [IO.File]::WriteAllText($file, -join $lines) } else { [IO.File]::WriteAllLines($file, $lines) }
        }
    }
}

function Get-FileHash {
    [CmdletBinding()] param(
        [Parameter(Mandatory, Position = 0, ValueFromPipeline, ValueFromPipelineByPropertyName)] [Alias('FullName')] [string] $Path,
        [ValidateSet('SHA1', 'SHA256', 'SHA384', 'SHA512', 'MD5')] [string] $Algorithm = 'SHA256'
    )
    process {
        $file = Convert-Path $Path
        $stream = [IO.File]::OpenRead($file)
        try { $hash = [Security.Cryptography.CryptographicOperations]::HashData($Algorithm, $stream) } finally { $stream.Dispose() }
        [pscustomobject]@{ Algorithm = $Algorithm; Hash = [Convert]::ToHexString($hash); Path = $file }
    }
}

function Get-Date {
    [CmdletBinding()] param([Parameter(Position = 0)] [datetime] $Date = [datetime]::Now, [string] $Format)
    if ($Format) { $Date.ToString($Format) } else { $Date }
}

function New-Object {
    [CmdletBinding()] param(
        [Parameter(Mandatory, Position = 0)] [string] $TypeName,
        [Parameter(Position = 1)] [object[]] $ArgumentList = @()
    )
    [Activator]::CreateInstance(($TypeName -as [type]), $ArgumentList)
}

function Read-Host {
    [CmdletBinding()] param([Parameter(Position = 0)] [string] $Prompt, [switch] $AsSecureString)
    if ($Prompt) { $Host.UI.Write("${Prompt}: ") }
    if ($AsSecureString) { $Host.UI.ReadLineAsSecureString() } else { $Host.UI.ReadLine() }
}

function Select-Object {
    [CmdletBinding()] param(
        [Parameter(Position = 0)] [object[]] $Property,
        [Parameter(ValueFromPipeline)] [psobject] $InputObject,
        [string] $ExpandProperty, [int] $First = -1, [int] $Last = -1, [int] $Skip, [switch] $Unique
    )
    begin { $all = [Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end {
        $from = [Math]::Min($Skip, $all.Count)
        $chosen = $all.GetRange($from, $all.Count - $from)
        if ($First -ge 0) { $chosen = $chosen.GetRange(0, [Math]::Min($First, $chosen.Count)) }
        if ($Last -ge 0) { $count = [Math]::Min($Last, $chosen.Count); $chosen = $chosen.GetRange($chosen.Count - $count, $count) }
        $seen = [Collections.Generic.HashSet[string]]::new()
        foreach ($item in $chosen) {
            $result = $item
            if ($ExpandProperty) { $result = $item.$ExpandProperty }
            elseif ($Property) {
                $values = [ordered]@{}
                foreach ($wanted in $Property) {
                    if ($wanted -is [Collections.IDictionary]) {
                        $name = ($wanted.Keys -match '^(n|l)')[0]
                        $expression = $wanted[($wanted.Keys -match '^e')[0]]
                        $values[$wanted[$name]] = if ($expression -is [scriptblock]) {
                            ForEach-Object -InputObject $item -Process $expression
                        } else { $item.$expression }
                    } else {
                        foreach ($member in $item.PSObject.Properties.Name -like $wanted) { $values[$member] = $item.$member }
                        if (-not [WildcardPattern]::ContainsWildcardCharacters($wanted)) { $values[$wanted] = $item.$wanted }
                    }
                }
                $result = [pscustomobject] $values
            }
            if (-not $Unique -or $seen.Add("$result")) { $result }
        }
    }
}

function Sort-Object {
    [CmdletBinding()] param(
        [Parameter(Position = 0)] [object[]] $Property,
        [Parameter(ValueFromPipeline)] [psobject] $InputObject,
        [switch] $Descending, [switch] $Unique
    )
    begin { $all = [Collections.Generic.List[object]]::new() }
    process { $all.Add($InputObject) }
    end {
        $key = {
            param($item)
            if (-not $Property) { return $item }
            $first = $Property[0]
            if ($first -is [scriptblock]) { ForEach-Object -InputObject $item -Process $first } else { $item.$first }
        }
        # Stable: LINQ's order keeps equals as they came, as Sort-Object does.
        $comparer = [Collections.Generic.Comparer[object]]::Create(
            [Comparison[object]] { param($a, $b) [Management.Automation.LanguagePrimitives]::Compare($a, $b, $true) })
        $keyOf = [Func[object, object]] { param($item) & $key $item }
        $sorted = if ($Descending) { [Linq.Enumerable]::OrderByDescending($all, $keyOf, $comparer) }
        else { [Linq.Enumerable]::OrderBy($all, $keyOf, $comparer) }
        if ($Unique) { $sorted | Select-Object -Unique } else { $sorted }
    }
}

function Measure-Object {
    [CmdletBinding()] param(
        [Parameter(Position = 0)] [string] $Property,
        [Parameter(ValueFromPipeline)] [psobject] $InputObject,
        [switch] $Sum, [switch] $Average, [switch] $Maximum, [switch] $Minimum
    )
    begin { $values = [Collections.Generic.List[object]]::new() }
    process { $values.Add($(if ($Property) { $InputObject.$Property } else { $InputObject })) }
    end {
        $result = [ordered]@{ Count = $values.Count; Average = $null; Sum = $null; Maximum = $null; Minimum = $null; Property = $Property }
        if ($Sum -or $Average) { foreach ($value in $values) { $result.Sum += $value } }
        if ($Average -and $values.Count) { $result.Average = $result.Sum / $values.Count }
        if ($Maximum) { $result.Maximum = ($values | Sort-Object -Descending)[0] }
        if ($Minimum) { $result.Minimum = ($values | Sort-Object)[0] }
        [pscustomobject] $result
    }
}

function Import-Csv {
    [CmdletBinding()] param([Parameter(Mandatory, Position = 0, ValueFromPipeline)] [string] $Path, [string] $Delimiter = ',')
    process {
        $parser = [Microsoft.VisualBasic.FileIO.TextFieldParser]::new((Convert-Path $Path))
        try {
            $parser.SetDelimiters($Delimiter)
            $header = $parser.ReadFields()
            while (-not $parser.EndOfData) {
                $fields = $parser.ReadFields()
                $row = [ordered]@{}
                for ($i = 0; $i -lt $header.Count; $i++) { $row[$header[$i]] = $fields[$i] }
                [pscustomobject] $row
            }
        } finally { $parser.Close() }
    }
}

function Export-Csv {
    [CmdletBinding(SupportsShouldProcess)] param(
        [Parameter(Mandatory, Position = 0)] [string] $Path,
        [Parameter(ValueFromPipeline)] [psobject] $InputObject,
        [string] $Delimiter = ',', [switch] $NoTypeInformation, [switch] $Append
    )
    begin {
        $quote = { param($value) '"' + "$value".Replace('"', '""') + '"' }
        $lines = [Collections.Generic.List[string]]::new()
        $names = $null
    }
    process {
        if (-not $names) {
            $names = @($InputObject.PSObject.Properties.Name)
            if (-not ($Append -and (Test-Path $Path))) { $lines.Add(@($names | ForEach-Object { & $quote $_ }) -join $Delimiter) }
        }
        $lines.Add(@(foreach ($name in $names) { & $quote $InputObject.$name }) -join $Delimiter)
    }
    end {
        $file = $PSCmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
        if ($PSCmdlet.ShouldProcess($file)) {
            if ($Append) { [IO.File]::AppendAllLines($file, $lines) } else { [IO.File]::WriteAllLines($file, $lines) }
        }
    }
}
