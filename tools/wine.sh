#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a program for Windows: tools/wine.sh PROGRAM ARGUMENT... What Wine keeps lies in build/wine. Without arguments it
# is made, which must come first, so that programs that begin at the same time do not all make it.
#
# Wine has one display at a time for all that shares what it keeps. So a test with a display of its own has TELAR_WINE=NAME
# for a copy in build/NAME, which `tools/wine.sh --copy` makes, and `tools/wine.sh --end` ends what still runs there.
set -euo pipefail
build=$(cd "$(dirname "$0")/.." && pwd)/build
WINEPREFIX=$build/${TELAR_WINE:-wine}
dlls=Z:$build/cross/x86_64-w64-mingw32/bin
WINEPATH=${WINEPATH-${dlls//\//\\}} # where Wine looks for DLLs, as Windows does by PATH
export WINEPREFIX WINEPATH WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe="

server() {
    local program
    program=$(PATH=$PATH:/usr/lib/wine && { type -P wineserver || type -P wineserver64; }) || true
    [ -z "$program" ] || "$program" "$@" >/dev/null 2>&1 || true
}

case "${1:-}" in
"")
    mkdir -p "$WINEPREFIX"
    wine wineboot -i >/dev/null 2>&1
    # A server that waits a minute for the next program, in place of the one that is there: that would end with the last
    # program, and a program that begins at that moment fails.
    server -k
    server -w
    server -p60
    wine cmd /c exit >/dev/null 2>&1 </dev/null # begins Wine's services, which would keep a test's pipes open
    ;;
--copy)
    [ ! -d "$WINEPREFIX" ] || exit 0
    rm -rf "$WINEPREFIX.new"
    cp -al "$build/wine" "$WINEPREFIX.new"
    cp --remove-destination "$build"/wine/*.reg "$WINEPREFIX.new" # Wine writes into these
    mv "$WINEPREFIX.new" "$WINEPREFIX"
    ;;
--end)
    server -k
    server -w
    ;;
*) exec wine "$@" ;;
esac
