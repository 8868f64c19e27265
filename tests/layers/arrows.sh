#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Arrows between the sources of the libraries run down, and no two files tie a knot. Also tests that check.py, which
# checks this, would find such an error.
. "$(dirname "$0")/../common.sh"

check() {
    "$PYTHON" "$SOURCE/tests/layers/check.py" "$@"
}

# expect_complaint REGEX ARGUMENTS...: check.py must fail, with output that matches.
expect_complaint() {
    local expected=$1 said
    shift
    if said=$(check "$@"); then fail "nothing was found: $said"; fi
    expect_match "$said" "$expected"
}

# sources: copies the libraries' sources to $work/sources.
sources() {
    mkdir -p "$work/sources/engine" "$work/sources/fibers"
    cp -r "$SOURCE/fibers/src" "$work/sources/fibers"
    cp -r "$SOURCE/engine/src" "$work/sources/engine"
}

# plant FILE CODE: adds a source to the copy of the engine, and compiles it to an object file.
plant() {
    mkdir -p "$(dirname "$work/objects/$1")"
    echo "$2" >"$work/sources/engine/src/$1"
    "$CC" -c -o "$work/objects/$1.o" "$work/sources/engine/src/$1"
}

test_run_down() {
    check "$SOURCE" "fibers/src=$FIBERS" "engine/src=$ENGINE" || fail "see above"
}

test_that_run_up_by_an_include_are_found() {
    sources
    echo '#include "job/system.h"' >>"$work/sources/fibers/src/os/spin.h"
    expect_complaint 'up: fibers/src/os/spin \(fibers os\) has #include "job/system.h" of fibers/src/job/system \(fibers job\)' \
        "$work/sources"
}

test_that_run_up_by_a_call_are_found() {
    sources
    plant world/low.c 'void tl__high(void); void tl__low(void) { tl__high(); }'
    plant step/high.c 'void tl__high(void) {}'
    expect_complaint 'up: engine/src/world/low \(engine world\) has tl__high of engine/src/step/high \(engine step\)' \
        "$work/sources" "engine/src=$work/objects"
}

test_in_a_knot_are_found() {
    sources
    plant script/one.c 'void tl__other(void); void tl__one(void) { tl__other(); }'
    plant script/other.c 'void tl__one(void); void tl__other(void) { tl__one(); }'
    expect_complaint 'a knot:.*script/one \(engine script\) has tl__other of engine/src/script/other.*script/other .* has tl__one' \
        "$work/sources" "engine/src=$work/objects"
}

"$1"
