#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ./tools/bench.sh [rounds]: measures Telar next to the peers found on this machine. Prints the figures, writes them to
# benchmarks/results/, a folder for each processor, draws docs/frame.svg and docs/fibers-in-turn.svg, and fills in the
# pages' tables. Takes some twelve minutes, and 6 GB of memory.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh

rounds=${1:-5}
cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
results=benchmarks/results/$(tr '[:upper:]' '[:lower:]' <<<"${cpu:-unknown}" | tr -cs '[:alnum:]\n' '-' | sed 's/-$//')
commit=$(git rev-parse --short HEAD 2>/dev/null || echo none)$(git diff --quiet HEAD 2>/dev/null || echo " and changes")

need "${BUILD_NEEDS[@]}" gcc python3 header:valgrind/memcheck.h
want header:boost/context/detail/fcontext.hpp header:tbb/tbb.h header:lua5.4/lua.h
build release release --target fiber_bench frame_bench cold_bench script_bench parallel_bench job_bench trace_bench
mkdir -p $results

# head_of TITLE: prints what the figures depend on, as the head of a file.
head_of() {
    echo "# $1"
    echo "# cpu: $cpu, $(nproc) threads"
    echo "# kernel: $(uname -sr)"
    echo "# compiler: $(gcc --version | head -n 1), $(sed -n 's/^CMAKE_C_FLAGS_RELEASE:STRING=//p' build/release/CMakeCache.txt)"
    echo "# commit: $commit"
    echo "# date: $(date -u +%F)"
}

# instructions PEER pairs|lives: prints how many instructions one pair or life takes, from the difference between two
# runs that differ in nothing but the number of these.
instructions() {
    local times counts=()
    for times in 10000 20000; do
        counts+=("$(valgrind --tool=callgrind --callgrind-out-file=/dev/null build/release/benchmarks/fiber_bench \
            count "$1" "$2" $times 2>&1 | sed -n 's/.*Collected : //p')")
    done
    echo "$(((counts[1] - counts[0] + 5000) / 10000))"
}

echo "== frames of scripts"
head_of "frame_bench $rounds" >"$results"/frame.csv
build/release/benchmarks/frame_bench "$rounds" "$results"/frame.csv

echo "== fibers"
head_of "fiber_bench $rounds" >"$results"/fibers.csv
build/release/benchmarks/fiber_bench "$rounds" "$results"/fibers.csv

echo "== instructions, by callgrind"
head_of "instructions of a resume and its yield, and of a whole life; fiber_bench count, callgrind" >"$results"/instructions.csv
echo "peer,pair,life" >>"$results"/instructions.csv
for peer in Telar "Telar strict" "Telar dense" Boost.Context; do
    if build/release/benchmarks/fiber_bench count "$peer" pairs 1 2>/dev/null; then
        echo "$peer,$(instructions "$peer" pairs),$(instructions "$peer" lives)" | tee -a "$results"/instructions.csv
    fi
done

echo "== new stacks"
head_of "cold_bench $rounds" >"$results"/cold.csv
build/release/benchmarks/cold_bench "$rounds" "$results"/cold.csv

for kind in script parallel trace; do
    echo "== ${kind}_bench"
    build/release/benchmarks/${kind}_bench "$rounds" | tee build/$kind.txt
    { head_of "${kind}_bench $rounds" && cat build/$kind.txt; } >"$results"/$kind.txt
done

echo "== jobs"
head_of "job_bench $rounds" >"$results"/jobs.csv
build/release/benchmarks/job_bench "$rounds" "$results"/jobs.csv

python3 tools/report_jobs.py "$results"/jobs.csv benchmarks/README.md
python3 tools/report_frame.py "$results"/frame.csv docs/frame.svg README.md benchmarks/README.md
python3 tools/report_fibers.py "$results"/fibers.csv docs/fibers-in-turn.svg README.md benchmarks/README.md
echo "The plots are docs/frame.svg and docs/fibers-in-turn.svg; the tables in README.md and benchmarks/README.md are these."
