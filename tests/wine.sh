#!/usr/bin/env bash
# Runs test classes as a Windows program under Wine, where Wine is found: tests/wine.sh [CLASS...]
#
# Wine is no Windows. Classes that fail by its own faults are not among those below; what fails of these is ours to look at. The
# simulator cannot make its keys there, so these are classes without TLS, or those that bring certificates along.
set -uo pipefail
cd "$(dirname "$0")/.."
if ! command -v wine > /dev/null; then
    echo 'No Wine here, so nothing was run. On Debian: apt-get install wine64 wine' >&2
    exit 3
fi

[ $# -gt 0 ] || set -- \
    LocalFileTests SafeFileTests ChangedFileTests LostFileTests CopiedLengthTests NameTests OddNameTests PathModelTests ListedTimeTests \
    IncompleteListingTests AppendTests FinishedFileTests JournalTests EntryManagerTests RecoveryAtSignInTests DialogueTests \
    AcceptTests LocalListenerTests SessionEndTests MidTransferTests DataEndTests TunnelTests UnixListingTests OtherListingTests \
    PullScheduleTests PullTriggerTests

work=$(mktemp -d)
trap 'wineserver -k > /dev/null 2>&1; rm -rf "$work"' EXIT
export WINEPREFIX=$work/prefix WINEDEBUG=-all DOTNET_EnableWriteXorExecute=0
unset DISPLAY
echo 'Building...'
# In a folder of its own: what is restored for Windows is not what the checkout's own bin/ and obj/ are about.
built=artifacts/wine
dotnet publish tests/NapterFtp.Core.Tests -r win-x64 --self-contained --artifacts-path $built/build -o $built/tests \
    -p:RunAnalyzers=false -v q --nologo || exit 1
wineboot -i > /dev/null 2>&1 < /dev/null

failed=0
for class in "$@"; do
    # A fault of Wine may leave a program that never ends.
    timeout --kill-after=5 300 wine $built/tests/NapterFtp.Core.Tests.exe -noColor -class "*.$class" > "$work/log" 2>&1 < /dev/null
    total=$(sed -nE 's/.*(Total: [0-9]+), Errors: [0-9]+, (Failed: [0-9]+), (Skipped: [0-9]+).*/\1, \2, \3/p' "$work/log")
    printf '%-28s %s\n' "$class" "${total:-did not end}"
    case $total in
        *'Failed: 0'*) ;;
        *) failed=$((failed + 1)); grep -A 8 '\[FAIL\]' "$work/log" ;;
    esac
done
echo "$# classes, $failed with failures"
[ "$failed" -eq 0 ]
