# SPDX-License-Identifier: MIT
"""Run by gdb: carries out a session of docs/debugging.md, and compares what each command prints with the page.

SESSION in the environment names the blocks, PAGE is the page. Addresses, the system's numbers of threads and the lines of debug_program.c may
differ, folders are left out, and "..." at a block's end stands for more. Of what gdb prints about a place only the first line is
on the page.
"""
import os
import re

import gdb


def blocks():
    with open(os.environ["PAGE"]) as page:
        return re.findall(r"<!-- gdb %s -->\n```\n(.*?)```" % os.environ["SESSION"], page.read(), re.DOTALL)


def plain(text):
    lines = []
    for line in text.splitlines():
        line = re.sub(r"0x[0-9a-f]+", "0x", line.rstrip())
        line = re.sub(r"(thread) \d+", r"\1", line)
        line = re.sub(r"\S*/(\w+\.[ch]:)", r"\1", line)
        line = re.sub(r"(debug_program\.c:)\d+", r"\1", line)
        if line and not re.match(r"\d+\t|\[|Using host|Temporary breakpoint|Hello", line):
            lines.append(line)
    return [line for line in lines if not re.match(r"Breakpoint \d+ at ", line)]


def printed(command):
    try:
        if command in ("run", "continue"):  # what gdb says of a stop, it says to the terminal only
            gdb.execute(command + (" >/dev/null" if command == "run" else ""), to_string=True)
            return "Breakpoint 1, " + gdb.execute("frame", to_string=True).partition("  ")[2]
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return str(error)


def main():
    failures = 0
    for setting in ("pagination off", "confirm off", "width 0", "breakpoint pending off"):
        gdb.execute("set " + setting)
    gdb.execute("source " + os.environ["SCRIPT"])
    if os.environ["SESSION"] == "program":
        gdb.execute("break look_now", to_string=True)
        gdb.execute("run", to_string=True)
    for block in blocks():
        for part in re.split(r"^\(gdb\) ", block, flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            found, expected = plain(printed(command)), plain(shown)
            if expected and expected[-1] == "...":
                expected.pop()
                found = found[:len(expected)]
            if found != expected:
                failures += 1
                print("FAILED: (gdb) %s\n  prints:\n%s\n  and the page says:\n%s" % (command, "\n".join(found), "\n".join(expected)))
    if not blocks():
        failures += 1
        print("FAILED: the page has no such session")
    gdb.execute("quit %d" % failures)


try:
    main()
except Exception:
    import traceback
    traceback.print_exc()
    gdb.execute("quit 98")
