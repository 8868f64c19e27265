#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each source names its licence where tools look for it: in its first two lines.
. "$(dirname "$0")/../common.sh"

# list_unlicensed FOLDER: prints the sources there that do not.
list_unlicensed() {
    local file
    find "$1"/{fibers,engine,samples,tests,benchmarks,tools} "$1"/*.sh -type f \
        \( -name '*.[chS]' -o -name '*.cpp' -o -name '*.py' -o -name '*.sh' -o -name '*.cmake' -o -name CMakeLists.txt \) 2>/dev/null |
        while read -r file; do
            grep -q 'SPDX-License-Identifier: MIT$' <<<"$(head -n 2 "$file")" || echo "$file"
        done
}

test_is_named_by_each_source() {
    local without
    without=$(list_unlicensed "$SOURCE")
    [ -z "$without" ] || fail "no SPDX line: $without"
}

test_that_is_missing_is_found() {
    mkdir -p "$work/engine/src"
    echo 'int n;' >"$work/engine/src/new.c"
    [ "$(list_unlicensed "$work")" = "$work/engine/src/new.c" ] || fail "it is not found"
}

"$1"
