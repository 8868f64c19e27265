#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Static functions of the libraries can be told apart by their names (statics.py); and that it would be seen.
. "$(dirname "$0")/../common.sh"

# expect_complaint REGEX FOLDER: checking ends with 1, and says so.
expect_complaint() {
    local said
    if said=$("$PYTHON" "$SOURCE/tests/layers/statics.py" "$2"); then fail "nothing was found: $said"; fi
    expect_match "$said" "$1"
}

# plant FILE NAME: a source of the engine's with a static function.
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
