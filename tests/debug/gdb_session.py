# SPDX-License-Identifier: MIT
"""For tests that gdb runs: what its commands print."""
import re

import gdb


def run(command):
    """What a command prints; or its error, after "error: "."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return "error: %s" % error


def names_in(command):
    """The functions in a backtrace. gdb shows two underscores in names without debug information as a dot."""
    return [name.replace("tl.", "tl__") for name in re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(\S+) \(", run(command), re.M)]
