# SPDX-License-Identifier: MIT
"""swarm_test.py COMMAND...: runs the sample with and without a trace. Both must end alike, and the trace must have as
many turns as the world counted.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "debug"))
import telar_trace  # noqa: E402

ARGUMENTS = ["--headless", "--steps", "40", "--seed", "3"]


def lines(*more):
    return subprocess.run([*sys.argv[1:], *ARGUMENTS, *more], check=True, stdout=subprocess.PIPE,
                          text=True).stdout.splitlines()


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "swarm.pftrace"
    traced = lines("--trace", str(path))
    tracks, events = telar_trace.read(path)
telar_trace.need(lines()[-1] == traced[-1], f"the traced run ended otherwise: {traced[-1]}")
counted = int(re.search(r"after (\d+) turns", "\n".join(traced))[1])
found = telar_trace.turns(tracks, events)
telar_trace.need(found == counted, f"the trace has {found} turns, and the world counted {counted}")
telar_trace.need(counted > 40 * 4900, f"only {counted} turns")
print(f"{found} turns, {len(events)} events")
