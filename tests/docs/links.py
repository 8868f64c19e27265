#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Looks whether what pages refer to is there.

    links.py REPOSITORY page.md...

In each page, a link to a file must lead to one, and a link to a heading to one of that page. In docs/internals.md,
besides, each file that is named in backticks must be one, each name of the library's must occur in the sources, and where
`a name` (`a file`) stands, the name must occur in that file.
"""
import re
import sys
from pathlib import Path

SOURCES = ("fibers", "engine", "samples", "tests", "benchmarks", "tools")


def anchors(page):
    """The names that a page's headings have in links."""
    for heading in re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE):
        words = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)", "", heading).lower())
        yield words.replace(" ", "-")


def check_links(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            yield f"a link to {target}, which is not there"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            yield f"a link to {target}, where no heading has that name"


def check_names(root, page):
    files = {}
    for folder in SOURCES:
        for path in (root / folder).rglob("*"):
            if path.suffix in (".c", ".h", ".S", ".py", ".cmake", ".list"):
                files[str(path.relative_to(root))] = path.read_text()
    text = page.read_text()

    def texts_of(name):
        return [content for path, content in files.items() if path == name or path.endswith("/" + name)]

    for name in re.findall(r"`([\w./]+\.(?:c|h|S|py|cmake|list))`", text):
        if not texts_of(name):
            yield f"`{name}`, which is no file"
    for name in re.findall(r"`((?:tl__?|TL_)\w+)`", text):
        if not any(name in content for content in files.values()):
            yield f"`{name}`, which no source has"
    for name, file in re.findall(r"`((?:tl__?|TL_)\w+)` \((?:in )?`([\w./]+\.[chS])`", text):
        if not any(name in content for content in texts_of(file)):
            yield f"`{name}` (`{file}`), where it is not"


def main():
    root, complaints = Path(sys.argv[1]), []
    for name in sys.argv[2:]:
        page = Path(name)
        complaints += [f"{name}: {what}" for what in check_links(page)]
        if page.name == "internals.md":
            complaints += [f"{name}: {what}" for what in check_names(root, page)]
    if complaints:
        sys.exit("\n".join(complaints))


main()
