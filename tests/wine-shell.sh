#!/usr/bin/env bash
# Makes the shell's package for Windows and has it pull, push, mirror, relay, recover and be a service under Wine, where Wine is found:
# tests/wine-shell.sh [PACKAGE], with a folder that build.ps1 -Task Package made, else it is made. What is tried is in wine-shell.ps1.
set -uo pipefail
cd "$(dirname "$0")/.."
for program in wine script curl; do
    if ! command -v $program > /dev/null; then
        echo "No $program here, so nothing was run. On Debian: apt-get install wine64 wine bsdutils curl" >&2
        exit 3
    fi
done

work=$(mktemp -d)
trap 'wineserver -k > /dev/null 2>&1; rm -rf "$work"' EXIT
export WINEPREFIX=$work/prefix WINEDEBUG=-all DOTNET_EnableWriteXorExecute=0
unset DISPLAY
shell() { dotnet run --project tools/Shell -v q -- -NoProfile -NonInteractive -File "$@"; }

package=${1:-}
if [ -z "$package" ]; then
    package=$PWD/artifacts/wine/package
    echo 'Building...'
    shell build.ps1 -Task Package -RuntimeIdentifier win-x64 -OutputPath "$package" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
fi

wineboot -i > /dev/null 2>&1 < /dev/null
mkdir "$work/files"
shell tests/wine-shell.ps1 -Shell "$(realpath "$package")/napterftp-shell-win-x64/napterftp-shell.exe" -Folder "$work/files" < /dev/null
