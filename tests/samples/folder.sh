#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The folder of samples that tools/windows.sh makes, to be copied to a Windows machine.
. "$(dirname "$0")/../common.sh"

# run_there NAME ARGUMENTS...: runs a program of the folder from elsewhere, and so that no DLLs are found but the folder's
# and Windows' own.
run_there() {
    (cd / && WINEPATH='' launch "$work/folder/$1.exe" "${@:2}")
}

test_runs_wherever_it_is_copied_to() {
    "$SOURCE/tools/windows.sh" "$work/made" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
    mv "$work/made" "$work/folder"
    run_there hello >"$work/out" || fail "hello ended with $?"
    cmp "$work/out" "$SOURCE/samples/hello/expected.txt" || fail "hello: $(cat "$work/out")"
    run_there factory --headless --steps 600 --seed 7 >"$work/out" || fail "the factory ended with $?"
    cmp <(tail -n 1 "$work/out") "$SOURCE/samples/factory/expected.txt" || fail "the factory: $(cat "$work/out")"

    # It takes its files from the folder, and not from where it was built, which another machine has not.
    sed -i 's/capacity = 8/capacity = 0/' "$work/folder/assets/factory.cfg"
    if run_there factory --headless 2>"$work/err"; then fail "it took another scene"; fi
    expect_match "$(cat "$work/err")" 'folder.assets.factory.cfg:[0-9]+: belt.capacity: is 0'
}

"$1"
