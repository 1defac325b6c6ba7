# Imports the built module, and gives what the tests share. Dot-sourced by each file's BeforeAll.

Import-Module (Join-Path $PSScriptRoot '../../NapterFtp.psd1')

# The FTP client that every .NET has, so that the tests need none.
function Get-FtpText([Net.IPEndPoint] $Server, [string] $Path) {
    $request = [Net.WebRequest]::Create("ftp://$Server/$Path")
    $request.KeepAlive = $false
    $response = $request.GetResponse()
    try { [IO.StreamReader]::new($response.GetResponseStream()).ReadToEnd() } finally { $response.Dispose() }
}

function ConvertTo-Secret([string] $Text) {
    $secret = [securestring]::new()
    foreach ($character in $Text.ToCharArray()) { $secret.AppendChar($character) }
    $secret
}

# The errors that a command reports, ending it or not.
function Get-CommandError([scriptblock] $Command) {
    $ErrorActionPreference = 'Continue'
    try { & $Command 2>&1 6> $null | Where-Object { $_ -is [Management.Automation.ErrorRecord] } } catch { $_ }
}

function Get-ParameterName([string] $Command) {
    (Get-Command $Command).Parameters.Keys | Where-Object { $_ -notin [Management.Automation.PSCmdlet]::CommonParameters }
}
