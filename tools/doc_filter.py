#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What doxygen reads in place of a file: tools/doc_filter.py FILE.

In a header, the first comment becomes the file's. In a page, links to files that are no pages lose their target.
"""
import re
import sys

path = sys.argv[1]
text = open(path, encoding="utf-8").read()
if path.endswith(".h"):
    text = re.sub(r"\A// SPDX[^\n]*\n/// telar/[a-z_]+\.h: ", "/// @file\n/// ", text)
    # @thread and @suspends stand in one line of the header, and are two paragraphs in the reference.
    text = re.sub(r"; @suspends", "\n/// @suspends", text)
else:
    text = re.sub(r"<!-- .*? -->\n", "", text)
    text = re.sub(r"(?<!!)\[([^]]*)\]\((?!https?:)(?![a-z-]+\.md)(?!docs/[a-z-]+\.md)[^)]*\)", r"\1", text)
    text = re.sub(r"\]\(((?:docs/)?[a-z-]+\.md)#[^)]*\)", r"](\1)", text)  # doxygen has other anchors
    text = text.replace("](docs/", "](")  # pages and pictures alike: the README is a page beside them
sys.stdout.write(text)
