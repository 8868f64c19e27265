#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The debuggers' scripts on debug_program: live, and on cores that the kernel wrote.
. "$(dirname "$0")/../common.sh"

here=$SOURCE/tests/debug
export SCRIPT=$SOURCE/tools/debug/telar-gdb.py

need_program() {
    command -v "$1" >/dev/null || { echo "skipped: no $1"; exit 77; }
}

# gdb_test MODE PROGRAM [CORE]
gdb_test() {
    need_program gdb
    MODE=$1 gdb -nx -batch -x "$here/gdb_test.py" "${@:2}" </dev/null >"$work/said" 2>&1 ||
        fail "gdb's session in mode $1: $(grep -E -A 12 'FAILED|Traceback|Error' "$work/said" || cat "$work/said")"
}

# make_core PROGRAM: lets it abort, and leaves its core in $work/core. A kernel that hands cores to a program elsewhere
# writes none here.
make_core() {
    ulimit -c unlimited 2>/dev/null || { echo "skipped: no cores may be written"; exit 77; }
    (cd "$work" && exec "$1" crash) >/dev/null 2>&1 || true
    local core
    core=$(find "$work" -maxdepth 1 -name 'core*' | head -n 1)
    [ -n "$core" ] || { echo "skipped: the kernel writes cores elsewhere ($(cat /proc/sys/kernel/core_pattern))"; exit 77; }
    [ "$core" = "$work/core" ] || mv "$core" "$work/core"
}

test_gdb_live() {
    gdb_test live "$PROGRAM"
}

test_gdb_on_a_core() {
    make_core "$PROGRAM"
    gdb_test core "$PROGRAM" "$work/core"
}

test_gdb_on_the_core_of_a_stripped_program() {
    strip -o "$work/bare" "$PROGRAM"
    make_core "$work/bare"
    gdb_test bare "$work/bare" "$work/core"
}

test_gdb_at_each_instruction_of_a_switch() {
    [[ $(nm "$PROGRAM") == *" tl__switch"* ]] || { echo "skipped: the C library switches here"; exit 77; }
    gdb_test switch "$PROGRAM"
}

# transcript SESSION PROGRAM: a session of docs/debugging.md.
transcript() {
    need_program gdb
    SESSION=$1 PAGE=$SOURCE/docs/debugging.md gdb -nx -batch -x "$here/transcript_test.py" "$2" </dev/null >"$work/said" 2>&1 ||
        fail "the page's session: $(grep -E -A 20 'FAILED|Traceback' "$work/said" || cat "$work/said")"
}

test_the_page_on_hello() {
    transcript hello "$HELLO"
}

test_the_page_on_scripts_and_jobs() {
    transcript program "$PROGRAM"
}

"$1"
