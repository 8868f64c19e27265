#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
. "$(dirname "$0")/../common.sh"

LINE='factory: steps=([0-9]+) produced=([0-9]+) consumed=([0-9]+) on_belt=([0-9]+) carried=([0-9]+) hash=([0-9a-f]{16})$'

# run_and_check ARGUMENTS...: runs the factory, which must end with 0 and account for each piece. Leaves the last line
# of its output in $line.
run_and_check() {
    line=$(factory --headless "$@" | tail -n 1)
    expect_match "$line" "$LINE"
    ((BASH_REMATCH[2] == BASH_REMATCH[3] + BASH_REMATCH[4] + BASH_REMATCH[5])) || fail "does not balance: $line"
}

# The result must be the same in every run, and with every compiler, build type and backend: all of them run this test.
test_same_seed_same_run() {
    run_and_check --steps 600 --seed 7
    [ "$line" = "factory: steps=600 produced=17 consumed=7 on_belt=3 carried=7 hash=9ff798e76aae998b" ] ||
        fail "another run: $line"
    run_and_check --steps 600 --seed 8
    expect_match "$line" 'hash=[0-9a-f]{16}$'
    [[ $line != *9ff798e76aae998b ]] || fail "another seed, the same hash"
}

test_books_balance_at_any_time() {
    local steps
    for steps in 1 100 355 777 1500; do
        run_and_check --steps $steps --seed $steps
        [ "${BASH_REMATCH[1]}" = $steps ] || fail "other steps: $line"
    done
    run_and_check --steps 5000 --seed 3
    ((BASH_REMATCH[3] > 50)) || fail "little was consumed: $line"
}

test_drawing_changes_nothing() {
    local steps undrawn
    steps=$(choose 200 40)
    run_and_check --steps "$steps" --seed 5
    undrawn=$line
    run_and_check --steps "$steps" --seed 5 --screenshot "$work/a.png"
    [ "$line" = "$undrawn" ] || fail "$line and not $undrawn"
}

test_screenshot_is_a_picture() {
    factory --headless --steps 30 --screenshot "$work/a.png" >"$work/out"
    expect_match "$(head -n 1 "$work/out")" "picture saved as $work/a.png"
    # The PNG signature, then the header's width and height.
    [ "$(od -An -tx1 -N8 "$work/a.png" | tr -d ' \n')" = 89504e470d0a1a0a ] || fail "no PNG"
    [ "$(od -An -tx1 -j16 -N8 "$work/a.png" | tr -d ' \n')" = 00000500000002d0 ] || fail "not 1280 by 720"
    [ "$(wc -c <"$work/a.png")" -gt 20000 ] || fail "hardly anything in it"
}

# Checks what is drawn where: each region (in logical pixels, each of which is two by two) must have at least a given
# number of pixels of a colour.
test_everything_is_drawn() {
    factory --headless --steps 900 --seed 7 --screenshot "$work/a.png" >"$work/out"
    python3 - "$work/a.png" <<'PYTHON' || fail "something is not drawn"
import sys, zlib

data, place, packed = open(sys.argv[1], "rb").read(), 8, b""
while place < len(data):
    size, kind = int.from_bytes(data[place:place + 4], "big"), data[place + 4:place + 8]
    packed += data[place + 8:place + 8 + size] if kind == b"IDAT" else b""
    place += 12 + size
bytes_per_pixel = {2: 3, 6: 4}[data[25]]  # IHDR's color type: without or with alpha
raw, rows, stride = zlib.decompress(packed), [], 1280 * bytes_per_pixel
for y in range(720):
    kind, line, above = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)]), rows[-1] if rows else bytes(stride)
    for x in range(stride):
        before = x - bytes_per_pixel
        left, up, corner = line[before] if before >= 0 else 0, above[x], above[before] if before >= 0 else 0
        guess = left + up - corner
        paeth = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        line[x] = (line[x] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
    rows.append(bytes(line))

def pixel(x, y):
    return rows[2 * y][2 * bytes_per_pixel * x:][:3]

def count(x1, y1, x2, y2, color):
    return sum(pixel(x, y) == bytes.fromhex(color) for y in range(y1, y2) for x in range(x1, x2))

wrong = 0
for what, region, color, least in (
        ("helmets of miners", (0, 0, 400, 240), "f6c945", 50), ("beards of smiths", (400, 0, 640, 240), "d8592f", 50),
        ("labels of what they wait for", (0, 0, 640, 240), "a097b4", 100), ("ore on the belt", (225, 110, 470, 125), "58c8c0", 4),
        ("the belt's plot", (8, 262, 158, 334), "58c8c0", 20), ("its title", (8, 246, 158, 260), "a097b4", 40),
        ("the frame times", (168, 262, 324, 334), "ffd866", 100), ("the counts", (330, 262, 424, 334), "d8dee6", 300),
        ("the script's name", (430, 246, 636, 260), "ffd866", 30), ("its wait, age and stack", (430, 262, 636, 322), "d8dee6", 200),
        ("the marker around it", (400, 0, 640, 240), "ffd866", 12), ("the keys", (0, 342, 640, 360), "a097b4", 300)):
    found = count(*region, color)
    if found < least:
        wrong += 1
        print("%s: %d pixels of %s in %s" % (what, found, color, region), file=sys.stderr)
sys.exit(wrong)
PYTHON
}

test_screenshot_that_cannot_be_saved() {
    if factory --headless --steps 3 --screenshot "$work/nowhere/a.png" >"$work/out" 2>"$work/err"; then
        fail "it ended with 0"
    fi
    expect_match "$(cat "$work/err")" "nowhere/a.png"
    expect_match "$(tail -n 1 "$work/out")" "$LINE"
}

# expect_bad_scene SED-EXPRESSION REGEX: the scene, changed by the expression, must be refused with a message that
# matches.
expect_bad_scene() {
    sed -E "$1" "$SOURCE/assets/factory.cfg" >"$work/bad.cfg"
    cmp -s "$SOURCE/assets/factory.cfg" "$work/bad.cfg" && fail "nothing changed by $1"
    if factory --headless --steps 1 --scene "$work/bad.cfg" >"$work/out" 2>"$work/err"; then
        fail "accepted: $1"
    fi
    expect_match "$(cat "$work/err")" "$2"
}

test_bad_scenes_name_file_line_and_field() {
    expect_bad_scene 's/capacity = 8/capacity = 0/' 'bad.cfg:[0-9]+: belt.capacity: is 0; it must be 1 to 64'
    local line
    line=$(grep -n 'capacity =' "$SOURCE/assets/factory.cfg" | cut -d: -f1)
    expect_match "$(cat "$work/err")" "bad.cfg:$line: "
    expect_bad_scene 's/capacity = 8/capacity = "many"/' 'belt.capacity: must be a whole number'
    expect_bad_scene 's/dig_seconds = [0-9.]+/dig_seconds = -1.0/' 'miners.dig_seconds: is -1; it must be 0.1 to 60'
    expect_bad_scene 's/forge_seconds = [0-9.]+;/forge_seconds = true;/' 'smiths.forge_seconds: must be a number'
    expect_bad_scene '/forge_seconds/d' 'bad.cfg:[0-9]+: smiths.forge_seconds: is missing'
    expect_bad_scene 's/^smiths/smithies/' 'smiths.count: is missing'
    expect_bad_scene 's/capacity = 8;/capacity 8/' 'bad.cfg:[0-9]+: syntax: '
}

test_bad_maps_name_file_line_and_field() {
    expect_bad_scene 's/###o###t/##x####t/' 'bad.cfg:[0-9]+: map: column 3: .x. is no tile'
    expect_bad_scene 's/"#+W+",/"##",/' 'map: this row has 2 tiles; it must have 40'
    expect_bad_scene 's/=============/,,,,,,,,,,,,,/;s/==/,,/' 'map: there is no belt'
    expect_bad_scene 's/A/,/g' 'map: there is no anvil'
    expect_bad_scene 's/CW/,W/' 'map: there is no chest'
    expect_bad_scene 's/o/#/g;s/fl##r/floor/;s/w##den/wooden/' 'map|missing|syntax'
    expect_bad_scene '0,/^    "#+W+",/s//    "o########################WWWWWWWWWWWWWWW",/' 'an ore vein .o. with no cave floor'
    expect_bad_scene '/A,,,A,,,A/d' 'map: has 13 rows; it must have 15'
}

test_missing_scene_is_named() {
    if factory --headless --scene "$work/none.cfg" 2>"$work/err"; then
        fail "it ended with 0"
    fi
    expect_match "$(cat "$work/err")" "none.cfg: cannot be read"
}

test_wrong_arguments_show_the_usage() {
    local wrong result
    for wrong in "--steps" "--steps x" "--steps -1" "--seed 1x" "--nonsense 1" "extra"; do
        result=0
        # shellcheck disable=SC2086
        factory --headless $wrong >"$work/out" 2>"$work/err" || result=$?
        [ "$result" = 2 ] || fail "'$wrong' ended with $result"
        expect_match "$(cat "$work/err")" "usage: "
        expect_match "$(cat "$work/err")" ": ${wrong% *} .*: no such option, or not a value that it takes"
    done
}

test_help_is_the_usage() {
    factory --help >"$work/out" || fail "it ended with $?"
    expect_match "$(head -n 1 "$work/out")" "^usage: "
}

test_a_trace_that_cannot_be_written_says_why() {
    if factory --headless --steps 1 --trace "$work/none/run.pftrace" >/dev/null 2>"$work/err"; then
        fail "it ended with 0"
    fi
    expect_match "$(cat "$work/err")" "none/run.pftrace: No such file or directory"
}

"$1"
