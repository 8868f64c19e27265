#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# ./tools/docs.sh [FOLDER]: makes the reference of all public headers, with the pages of docs/, in build/docs by
# default. Fails if doxygen warns of anything.
set -euo pipefail
cd "$(dirname "$0")/.."
. tools/packages.sh
need doxygen
out=${1:-build/docs}
rm -rf "$out"
mkdir -p "$out"

version=$(sed -n 's/#define TELAR_VERSION_[A-Z]* //p' fibers/include/telar/version.h | paste -sd.)
headers=(fibers/include engine/include engine/sdl/include engine/watchdog/include engine/inspector/include)

doxygen -q - <<EOF
PROJECT_NAME = Telar
PROJECT_NUMBER = $version
PROJECT_BRIEF = "Fibers, jobs and scripts that wait, for C"
OUTPUT_DIRECTORY = $out
INPUT = README.md docs ${headers[*]}
FILE_PATTERNS = *.h *.md
RECURSIVE = YES
STRIP_FROM_PATH = ${headers[*]} $PWD
STRIP_FROM_INC_PATH = ${headers[*]}
USE_MDFILE_AS_MAINPAGE = README.md
IMAGE_PATH = docs
GENERATE_LATEX = NO
HAVE_DOT = NO
OPTIMIZE_OUTPUT_FOR_C = YES
EXTRACT_ALL = YES
JAVADOC_AUTOBRIEF = YES
TOC_INCLUDE_HEADINGS = 2
# A header's first comment says what it is; and a link that leads out of the reference is shown as its words.
FILTER_PATTERNS = "*.h=$PWD/tools/doc_filter.py" "*.md=$PWD/tools/doc_filter.py"
# Each docstring says who may call, and whether the caller may be suspended.
ALIASES = "thread=@par Threads^^" "suspends=@par Suspends^^"
# What lies behind the macros is not for users.
EXCLUDE_SYMBOLS = tl__* TL__*
ENABLE_PREPROCESSING = YES
MACRO_EXPANSION = YES
EXPAND_ONLY_PREDEF = YES
PREDEFINED = TL_API= TL__PREFETCHER= "__attribute__(x)=" __GNUC__=12
WARN_IF_UNDOCUMENTED = NO
WARN_IF_INCOMPLETE_DOC = NO
WARN_AS_ERROR = FAIL_ON_WARNINGS
EOF
echo "$out/html/index.html"
