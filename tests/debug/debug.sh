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
    core=$(find "$work" -maxdepth 1 -name 'core*' -print -quit)
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

need_assembly() {
    [[ $(nm "$PROGRAM") == *" tl__switch"* ]] || { echo "skipped: the C library switches here"; exit 77; }
}

test_gdb_at_each_instruction_of_a_switch() {
    need_assembly
    gdb_test switch "$PROGRAM"
}

test_gdb_goes_on_into_resumers() {
    need_assembly
    need_program gdb
    gdb -nx -batch -x "$here/resumers_test.py" "$RESUMERS" </dev/null >"$work/said" 2>&1 || fail "$(cat "$work/said")"
}

test_gdb_shows_fibers_wherever_the_thread_is() {
    need_assembly
    need_program gdb
    gdb -nx -batch -x "$here/inlined_test.py" "$INLINED" </dev/null >"$work/said" 2>&1 || fail "$(cat "$work/said")"
}

# gdb of an IDE, which asks for other threads' frames while a fiber is selected.
test_gdb_of_an_ide_survives_a_selection() {
    need_assembly
    need_program gdb
    local last
    for last in "fiber off" "thread 2" "fiber 1"; do
        gdb -nx -i=mi "$INLINED" >"$work/said" 2>&1 <<END || fail "gdb ended with $?: $(cat "$work/said")"
-gdb-set pagination off
-gdb-set mi-async off
-interpreter-exec console "source $SCRIPT"
-break-insert -t look_closely
-interpreter-exec console "run"
-interpreter-exec console "fiber 1"
-thread-info
-stack-list-frames --thread 2
-interpreter-exec console "$last"
-interpreter-exec console "info fibers"
-interpreter-exec console "kill"
-gdb-exit
END
        ! grep -q 'internal-error' "$work/said" || fail "after $last: $(cat "$work/said")"
        grep -q '^~"Fiber 1' "$work/said" || fail "no fiber was selected: $(cat "$work/said")"
        [ "$(grep -c '^~". 1 .*waiter' "$work/said")" = 1 ] || fail "after $last: $(cat "$work/said")"
    done
}

test_lldb_goes_on_into_resumers() {
    need_assembly
    need_program lldb
    lldb -b -x -o 'breakpoint set -n stop_here' -o run -o 'thread backtrace' "$RESUMERS" </dev/null >"$work/said" 2>&1 || fail "$(cat "$work/said")"
    local calls
    calls=$(grep -v '\[inlined\]' "$work/said" |
        sed -n 's/^ .*frame #[0-9]*: [^`]*`\(stop_here\|resume_deeper\|main\)[ (].*/\1/p' | uniq -c | awk '{print $2, $1}' | xargs)
    # The first stop shows its place once more.
    [ "$calls" = "stop_here 2 resume_deeper 4 main 1" ] || fail "the calls are $calls: $(cat "$work/said")"
}

# What the fibers of debug_program are in, for threads_test.py. Equal functions that call each other count once.
fibers=("climber=second_step,first_step,climbs" "diver=descend,dives" "outer=resume_next" "middle=resume_next"
    "on its own=second_step,first_step,climbs" "passes_the_gate=wait_for_gate")

# check_threads [FIBER=FUNCTIONS...]: checks what a debugger said, in $work/said.
check_threads() {
    python3 "$here/threads_test.py" "$@" <"$work/said" >"$work/checked" || fail "$(cat "$work/checked")"
}

rewrite() {
    python3 "$SOURCE/tools/debug/telar-core.py" "$@" >"$work/said" || fail "telar-core.py"
}

gdb_says() {
    need_program gdb
    gdb -nx -batch -ex 'set width 0' -ex 'thread apply all backtrace' "$@" </dev/null >>"$work/said" 2>&1 || fail "$(cat "$work/said")"
}

test_gdb_without_a_script_on_a_core_whose_fibers_are_threads() {
    make_core "$PROGRAM"
    rewrite "$work/core" "$work/out"
    gdb_says "$PROGRAM" "$work/out"
    check_threads "${fibers[@]}"
    [[ $(nm "$PROGRAM") != *" tl__no_resumer"* ]] || grep -q 'tl[._]*no_resumer ()' "$work/said" || fail "$(cat "$work/said")"
}

test_such_a_core_of_a_stripped_program_that_has_moved() {
    strip -o "$work/bare" "$PROGRAM"
    make_core "$work/bare"
    mv "$work/bare" "$work/moved"
    local said
    said=$(python3 "$SOURCE/tools/debug/telar-core.py" "$work/core" "$work/out" 2>&1) && fail "it found the program"
    expect_match "$said" 'which are gone \(--program\)'
    rewrite "$work/core" "$work/out" --program "$work/moved"
    gdb_says "$PROGRAM" "$work/out" # which has the symbols
    check_threads "${fibers[@]}"
}

test_a_dense_fibers_frames_are_put_back() {
    make_core "$PROGRAM"
    rewrite "$work/core" "$work/out"
    ! grep -q packed "$work/said" || fail "it is on the stack: $(cat "$work/said")"
    local number
    number=$(gdb -nx -batch -ex "source $SCRIPT" -ex 'info fibers -name "packed 2"' "$PROGRAM" "$work/core" 2>/dev/null |
        sed -n 's/^  \([0-9]*\) .*packed 2.*/\1/p')
    rewrite "$work/core" "$work/out" --fiber "$number"
    gdb_says "$PROGRAM" "$work/out"
    check_threads "packed 2=second_step,first_step,climbs"
}

# expect_refused PATTERN ARGUMENTS...
expect_refused() {
    local said
    said=$(python3 "$SOURCE/tools/debug/telar-core.py" "${@:2}" 2>&1) && fail "not refused: ${*:2}"
    expect_match "$said" "$1"
    [[ $said != *Traceback* ]] || fail "$said"
}

test_what_is_no_core_is_refused() {
    make_core "$PROGRAM"
    expect_refused 'no ELF file' "$here/debug.sh" "$work/out"
    expect_refused 'no core file' "$PROGRAM" "$work/out"
    expect_refused 'No such file' "$work/none" "$work/out"
    expect_refused 'the same file' "$work/core" "$work/core"
    expect_refused 'no fiber has the number 99' "$work/core" "$work/out" --fiber 99
    local ready
    ready=$(gdb -nx -batch -ex "source $SCRIPT" -ex 'info fibers -name "not begun"' "$PROGRAM" "$work/core" 2>/dev/null |
        sed -n 's/^  \([0-9]*\) .*not begun.*/\1/p')
    expect_refused 'has no calls: it is ready' "$work/core" "$work/out" --fiber "$ready"
    expect_refused 'no regular expression' "$work/core" "$work/out" --name '['
    expect_refused 'did .* write this core\?' "$work/core" "$work/out" --program "$HELLO"
    rewrite "$work/core" "$work/out" --name 'not the name of any'
    expect_match "$(cat "$work/said")" 'no fiber became a thread'
}

test_a_core_that_is_cut_off_is_refused() {
    make_core "$PROGRAM"
    local size
    for size in 64 1000 20000 200000; do
        head -c "$size" "$work/core" >"$work/part"
        expect_refused 'it is cut off' "$work/part" "$work/out"
        [ ! -e "$work/out" ] || fail "a part of $size bytes was copied"
    done
    need_program gdb
    gdb -nx -batch -ex "source $SCRIPT" -ex 'info fibers' "$PROGRAM" "$work/part" >"$work/said" 2>&1 || true
    ! grep -q 'Python Exception' "$work/said" || fail "$(cat "$work/said")"
}

# lldb_says ARGUMENTS...: what lldb says of all threads, with fibers among them. Debian has its Python module in a folder in
# which it does not look.
lldb_says() {
    need_program lldb
    local module
    module=$(find /usr/lib/llvm-*/lib -path '*/lldb/embedded_interpreter.py' 2>/dev/null | tail -n 1)
    PYTHONPATH=${module%/lldb/*} lldb -b -o "settings set target.process.python-os-plugin-path $SOURCE/tools/debug/telar_lldb.py" \
        "$@" </dev/null >"$work/said" 2>&1 || fail "$(cat "$work/said")"
}

test_lldb_live() {
    lldb_says -o 'breakpoint set --name look_now' -o run -o 'thread backtrace all' -o continue "$PROGRAM"
    grep -q 'exited with status = 0' "$work/said" || fail "it did not end as usual: $(cat "$work/said")"
    check_threads "${fibers[@]}"
}

test_lldb_on_a_core() {
    make_core "$PROGRAM"
    lldb_says -o "target create --core $work/core $PROGRAM" -o 'thread backtrace all'
    check_threads "${fibers[@]}"
}

test_lldb_shows_chosen_fibers_only() {
    make_core "$PROGRAM"
    TELAR_FIBERS=2 lldb_says -o "target create --core $work/core $PROGRAM" -o 'thread list'
    [ "$(grep -c 'queue = ' "$work/said")" = 2 ] || fail "$(cat "$work/said")"
    TELAR_FIBERS=some TELAR_FIBERS_NAMED='[' lldb_says -o "target create --core $work/core $PROGRAM" -o 'thread list'
    [ "$(grep -c 'queue = ' "$work/said")" -gt 2 ] || fail "$(cat "$work/said")"
    grep -q 'TELAR_FIBERS is some, and not a number' "$work/said" || fail "$(cat "$work/said")"
    grep -q 'TELAR_FIBERS_NAMED is \[, and not a regular expression' "$work/said" || fail "$(cat "$work/said")"
    TELAR_FIBERS_NAMED=^climb lldb_says -o "target create --core $work/core $PROGRAM" -o 'thread backtrace all'
    [ "$(grep -c 'queue = ' "$work/said")" = 1 ] || fail "$(cat "$work/said")"
    check_threads "climber=second_step,first_step,climbs"
}

test_lldb_without_a_script_on_a_core_whose_fibers_are_threads() {
    need_program lldb
    make_core "$PROGRAM"
    rewrite "$work/core" "$work/out"
    local threads
    threads=$(grep -c '^thread' "$work/said")
    lldb -b -o "target create --core $work/out $PROGRAM" -o 'thread backtrace all' </dev/null >"$work/said" 2>&1 || fail "$(cat "$work/said")"
    [ "$(grep -c '^[* ] thread #' "$work/said")" -ge $((threads + 3)) ] || fail "too few threads: $(cat "$work/said")"
    grep -q 'second_step' "$work/said" || fail "$(cat "$work/said")"
}

# The test of a dump with symbols needs what finds them: the watchdog library, which may be left out.
test_a_dump_has_names_and_lines() {
    need_assembly
    "$PROGRAM" dump 2>"$work/said" >/dev/null || fail "it ended with $?"
    grep -q '^    second_step() at .*debug_program\.c:[0-9]*$' "$work/said" || fail "$(cat "$work/said")"
    grep -q '^script 2\.1 "smelts" \[something in a channel "ore", 1\.98 s\].* bytes, spawned at .*debug_program\.c:' "$work/said" ||
        fail "$(cat "$work/said")"
    grep -q '^job "passes_the_gate" \[the counter "gate", 0\.[0-9]* s\]' "$work/said" || fail "$(cat "$work/said")"
    [ "$(grep -c '^    descend()' "$work/said")" = 31 ] || fail "$(cat "$work/said")"
    [ -z "$(grep -B 1 '^$' "$work/said" | grep '^    ' | grep -v 'tl__bottom()\|    bottom()')" ] || fail "a list ends elsewhere: $(cat "$work/said")"
}

test_a_dump_as_json_can_be_read() {
    need_assembly
    "$PROGRAM" json 2>"$work/said" >/dev/null || fail "it ended with $?"
    python3 - "$work/said" >"$work/checked" <<'END' || fail "$(cat "$work/checked" "$work/said")"
import json
import sys

dump = json.load(open(sys.argv[1]))
fibers = {fiber["name"]: fiber for fiber in dump["fibers"]}
calls = dump["stacks"][fibers["climber"]["stack"]]["calls"]
assert any(call.startswith("second_step() at ") for call in calls), calls
assert fibers["climber"]["stack"] == fibers["on its own"]["stack"]
assert fibers["smelts"]["waits_for"] == "something in a channel" and fibers["smelts"]["named"] == "ore"
assert fibers["guards"]["parent"] == fibers["commands"]["id"]
assert fibers["lingers"]["cancelled"] is True
assert fibers["passes_the_gate"]["kind"] == "job"
assert fibers["not begun"]["state"] == "ready" and dump["stacks"][fibers["not begun"]["stack"]]["calls"] == []
END
}

# transcript SESSION PROGRAM: a session of docs/debugging.md.
transcript() {
    need_program gdb
    SESSION=$1 PAGE=$SOURCE/docs/debugging.md gdb -nx -batch -x "$here/transcript_test.py" "$2" </dev/null >"$work/said" 2>&1 ||
        fail "the page's session: $(grep -E -A 20 'FAILED|Traceback' "$work/said" || cat "$work/said")"
}

# The report of an overflow, and what addr2line says of its calls, as docs/debugging.md shows both.
test_the_page_on_an_overflow() {
    need_program addr2line
    need_assembly
    local shown said call line
    shown=$(sed -n '/<!-- overflow -->/,/^```$/p' "$SOURCE/docs/debugging.md" | grep '^ *telar: ' | sed 's,^  ,,')
    ("$PROGRAM" overflow || true) >"$work/said" 2>&1
    # Addresses differ from run to run, and how many calls there are from compiler to compiler.
    same_numbers() { sed 's/0x[0-9a-f]*/0xN/g; s/([0-9]* times)/(N times)/; s,at [^ ]*/debug_program,at debug_program,; s/, [^ ]*\/debug_program/, debug_program/'; }
    said=$(grep '^telar: ' "$work/said" | same_numbers)
    shown=$(same_numbers <<<"$shown")
    [ "$said" = "$shown" ] || fail "the page shows
$shown
but the program says
$said"
    call=$(sed -n 's/^telar:     program+//p' "$work/said" | sed -n 2p)
    line=$(addr2line -f -e "$PROGRAM" "$call")
    expect_match "$line" '^dig_deeper.*debug_program.c:[0-9]+'
}

test_the_page_on_hello() {
    transcript hello "$HELLO"
}

test_the_page_on_scripts_and_jobs() {
    transcript program "$PROGRAM"
}

"$1"
