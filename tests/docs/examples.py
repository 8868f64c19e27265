#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the examples of pages with the source that is compiled and run.

    examples.py source... page.md...

In a page, each block of C or CMake that follows a line <!-- name --> is the example of that name; every block has one. In
the source it stands between "// [name]" and "// []", in CMake's between "# [name]" and "# []". Each of the sources'
examples must be on some page.
"""
import re
import sys
import textwrap
from pathlib import Path


def examples(path):
    found, name, lines = {}, None, []
    for line in Path(path).read_text().splitlines():
        mark = re.fullmatch(r" *(?://|#) \[(\w*)\]", line)
        if mark and mark[1]:
            name, lines = mark[1], []
        elif mark:
            found[name] = textwrap.dedent("\n".join(lines))
            name = None
        elif name:
            lines.append(line)
    return found


def shown(path):
    text = Path(path).read_text()
    blocks = re.findall(r"(?:<!-- (\w+) -->\n)?```(?:c|cmake)\n(.*?)```", text, re.DOTALL)
    return [(name, block.rstrip("\n")) for name, block in blocks]


def main():
    source = {}
    for each in sys.argv[1:]:
        if not each.endswith(".md"):
            source.update(examples(each))
    unseen = set(source)
    for page in (each for each in sys.argv[1:] if each.endswith(".md")):
        for name, block in shown(page):
            if name not in source:
                sys.exit(f"{page}: an example without a name, or of a name that the source has not:\n{block}")
            if block != source[name]:
                sys.exit(f"{page}: '{name}' is not what is run:\n{block}\n--- but:\n{source[name]}")
            unseen.discard(name)
    if unseen:
        sys.exit("no page shows: " + ", ".join(sorted(unseen)))


main()
