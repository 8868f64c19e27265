# SPDX-License-Identifier: MIT
"""Reads what a debugger says of all threads, on standard input, and checks the calls of those that are fibers.

Lines of both gdb (`thread apply all backtrace`) and lldb (`thread backtrace all`) are understood. Arguments are the names of
the fibers that there are, each with the functions of debug_program that it is in: climber=second_step,first_step,climbs
"""
import re
import sys

OWN = ("second_step", "first_step", "climbs", "descend", "dives", "resume_next", "stay_here", "wait_for_gate", "look_now")
GDB_THREAD = re.compile(r"^Thread \d+ \(.*?LWP (\d+)\b")
LLDB_THREAD = re.compile(r"^[* ] thread #\d+(?:, name = '([^']*)')?")
FRAME = re.compile(r"^(?:#\d+ +(?:0x[0-9a-f]+ in )?|[* ]+frame #\d+: \S+ [^`]*`(?:\S+ \[inlined\] )?)([\w.]+)")


def threads(lines, titles):
    """Each thread's name and functions, the innermost first."""
    found, functions = {}, None
    for line in lines:
        gdb, lldb, frame = GDB_THREAD.match(line), LLDB_THREAD.match(line), FRAME.match(line)
        if gdb or lldb:
            name = titles.get(int(gdb.group(1)), gdb.group(1)) if gdb else lldb.group(1)
            functions = found[name] = []
        elif frame and functions is not None and frame.group(1) in OWN and frame.group(1) != (functions or [None])[-1]:
            functions.append(frame.group(1))
    return found


def main():
    text = sys.stdin.read()
    titles = {int(tid): title for tid, title in re.findall(r'^thread (\d+): fiber \d+, "([^"]*)"', text, re.M)}
    found = threads(text.splitlines(), titles)
    failures = 0
    for argument in sys.argv[1:]:
        name, functions = argument.split("=")
        expected = [function for function in functions.split(",") if function]
        if found.get(name) != expected:
            failures += 1
            print("FAILED: %s is in %s, not in %s" % (name, found.get(name, "no thread"), expected))
    if failures:
        print(text)
    sys.exit(failures != 0)


main()
