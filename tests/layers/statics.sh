#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Static functions of the libraries can be told apart by their names. Also tests that statics.py, which checks this,
# would find an error.
. "$(dirname "$0")/../common.sh"

# expect_complaint REGEX FOLDER: statics.py must fail, with output that matches.
expect_complaint() {
    local said
    if said=$("$PYTHON" "$SOURCE/tests/layers/statics.py" "$2"); then fail "nothing was found: $said"; fi
    expect_match "$said" "$1"
}

# plant FILE NAME: makes a source of an engine, with a static function of that name.
plant() {
    mkdir -p "$(dirname "$work/engine/src/$1")"
    printf 'static int %s(int n)\n{\n    return n;\n}\n' "$2" >"$work/engine/src/$1"
}

test_have_names_of_their_own() {
    "$PYTHON" "$SOURCE/tests/layers/statics.py" "$SOURCE" || fail "see above"
}

test_in_two_files_are_found() {
    plant world/one.c find
    plant step/other.c find
    expect_complaint 'in two files: find \(engine/src/step/other.c, engine/src/world/one.c\)' "$work"
}

test_named_as_calls_of_the_system_are_found() {
    plant world/one.c open
    expect_complaint 'a call of the system: open \(engine/src/world/one.c\)' "$work"
}

"$1"
