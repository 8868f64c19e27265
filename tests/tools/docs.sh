#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The reference that tools/docs.sh makes. (Skipped where there is no doxygen.)
. "$(dirname "$0")/../common.sh"
command -v doxygen >/dev/null || { echo "skipped: no doxygen"; exit 77; }

test_the_reference_is_made_without_a_warning() {
    "$SOURCE/tools/docs.sh" "$work/docs" >"$work/out" 2>&1 || fail "$(cat "$work/out")"
    local page
    for page in index job_8h script_8h md_docs_fibers; do
        [ -s "$work/docs/html/$page.html" ] || fail "there is no $page.html"
    done
    grep -q 'tl_job_call' "$work/docs/html/job_8h.html" || fail "the reference does not know tl_job_call"
    grep -q '<dt>Threads</dt>' "$work/docs/html/job_8h.html" || fail "the reference does not say which thread may call"
    [ "$(grep -c 'href="[^"]*\.md' "$work"/docs/html/*.html | grep -vc ':0$')" = 0 ] || fail "a link leads to a page's source"
}

"$1"
