#!/usr/bin/env bash
# Runs test classes as a Windows program under Wine, where Wine is found: tests/wine.sh [CLASS...]
#
# Wine is no Windows. What fails by its own faults is not among the classes below, or left out of them by name; what else fails is ours
# to look at. Of Wine 8's faults these matter here:
# - It makes no keys, of elliptic curves or of RSA, that .NET can use: no class with the simulator's gateway, or with certificates of its own.
# - It has no ICU, by which .NET finds time zones by names like Asia/Tokyo: no class about schedules.
# - It ends a connection in good order where it is to be reset: no test whose peer has to see the reset.
# What pulls, relays and ends in the packaged shell is tried by wine-shell.sh.
set -uo pipefail
cd "$(dirname "$0")/.."
if ! command -v wine > /dev/null; then
    echo 'No Wine here, so nothing was run. On Debian: apt-get install wine64 wine' >&2
    exit 3
fi

[ $# -gt 0 ] || set -- \
    LocalFileTests SafeFileTests ChangedFileTests LostFileTests CopiedLengthTests NameTests OddNameTests PathModelTests ListedTimeTests \
    IncompleteListingTests AppendTests FinishedFileTests JournalTests EntryManagerTests RecoveryAtSignInTests DialogueTests \
    AcceptTests LocalListenerTests SessionEndTests MidTransferTests DataEndTests UnixListingTests OtherListingTests TlsTransportTests
not_there=(
    # A time zone by such a name
    -method- '*.A_zone_that_the_user_tells_is_believed_summer_and_winter_and_nothing_is_asked'
    # A reset
    -method- '*.A_data_connection_that_breaks_before_a_byte_has_come_is_no_empty_file_where_the_device_does_not_say_so'
    -method- '*.What_broke_the_data_is_told_and_not_that_the_session_ended_behind_it'
)

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

failed=0 tests=0 skipped=0
for class in "$@"; do
    # A fault of Wine may leave a program that never ends.
    timeout --kill-after=5 300 wine $built/tests/NapterFtp.Core.Tests.exe -noColor -class "*.$class" "${not_there[@]}" > "$work/log" 2>&1 < /dev/null
    total=$(sed -nE 's/.*(Total: [0-9]+), Errors: [0-9]+, (Failed: [0-9]+), (Skipped: [0-9]+).*/\1, \2, \3/p' "$work/log")
    printf '%-28s %s\n' "$class" "${total:-did not end}"
    case $total in
        *'Failed: 0'*) tests=$((tests + $(sed -E 's/Total: ([0-9]+).*/\1/' <<< "$total"))) skipped=$((skipped + ${total##* })) ;;
        *) failed=$((failed + 1)); grep -A 8 '\[FAIL\]' "$work/log" ;;
    esac
done
echo "$# classes, $failed with failures; $tests tests in the others, $skipped of them skipped"
[ "$failed" -eq 0 ]
