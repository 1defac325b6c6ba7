# Scheduled pulls for tests: a store of the file's own, what a schedule is made of, and a device to pull from. Dot-sourced after
# Initialize-Test.ps1.

$store = @{ Store = Join-Path $TestDrive 'pulls.db' }
$in = Join-Path $TestDrive 'in'
$what = @{ Imsi = '001010000000001'; Path = '/log/*.csv'; Destination = $in }

# Never while a test runs.
$seldom = @{ Cron = '30 2 29 2 *' }

# A device with two files, to which this connects.
function Open-PullDevice {
    $root = New-Item -ItemType Directory (Join-Path $TestDrive 'device/log')
    'one' | Set-Content (Join-Path $root 'a.csv')
    'two' | Set-Content (Join-Path $root 'b.csv')
    $simulator = Start-NapterSimulator -Imsi $what.Imsi -RootPath (Join-Path $TestDrive 'device')
    Connect-Napter -Simulator $simulator
    $simulator
}
