#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs a program for Windows: tools/wine.sh PROGRAM ARGUMENT... What Wine keeps lies in build/wine; it is made first by
# tools/wine.sh without arguments, so that programs that begin at the same time do not all make it.
set -euo pipefail
WINEPREFIX=$(cd "$(dirname "$0")/.." && pwd)/build/wine
export WINEPREFIX WINEDEBUG=-all WINEDLLOVERRIDES="mscoree,mshtml,winedbg.exe="
if [ $# -eq 0 ]; then
    mkdir -p "$WINEPREFIX"
    exec wine wineboot -i >/dev/null 2>&1
fi
exec wine "$@"
