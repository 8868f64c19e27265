#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a program for Windows: tools/wine.sh PROGRAM ARGUMENT... What Wine keeps lies in build/wine; it is made first by
# tools/wine.sh without arguments, so that programs that begin at the same time do not all make it.
set -euo pipefail
WINEPREFIX=$(cd "$(dirname "$0")/.." && pwd)/build/wine
export WINEPREFIX WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe="
if [ $# -eq 0 ]; then
    mkdir -p "$WINEPREFIX"
    wine wineboot -i >/dev/null 2>&1
    # Otherwise the server ends with the last program, and a program that begins at that moment fails.
    server=$(PATH=$PATH:/usr/lib/wine type -P wineserver wineserver64 | head -n 1)
    [ -z "$server" ] || "$server" -p60 >/dev/null 2>&1 || true
    exit 0
fi
exec wine "$@"
