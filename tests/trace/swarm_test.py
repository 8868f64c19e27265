# SPDX-License-Identifier: MIT
"""swarm_test.py COMMAND...: runs the sample with and without a trace. Both must end alike, and the trace must have as
many turns as the world counted. Then each frame that takes more than a millisecond is traced: ten are, and the run ends
as without.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "tools" / "debug"))
import telar_trace  # noqa: E402

ARGUMENTS = ["--headless", "--steps", "40", "--seed", "3"]


def lines(*more, cwd=None):
    return subprocess.run([*sys.argv[1:], *ARGUMENTS, *more], check=True, stdout=subprocess.PIPE, text=True,
                          cwd=cwd).stdout.splitlines()


with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "swarm.pftrace"
    traced = lines("--trace", str(path))
    tracks, events = telar_trace.read(path)
untraced = lines()[-1]
telar_trace.need(untraced == traced[-1], f"the traced run ended otherwise: {traced[-1]}")
counted = int(re.search(r"after (\d+) turns", "\n".join(traced))[1])
found = telar_trace.turns(tracks, events)
telar_trace.need(found == counted, f"the trace has {found} turns, and the world counted {counted}")
telar_trace.need(counted > 40 * 4900, f"only {counted} turns")
with tempfile.TemporaryDirectory() as folder:
    slow = lines("--slow-frame", "1", cwd=folder)
    saved = sorted(path.name for path in pathlib.Path(folder).iterdir())
    telar_trace.need(slow[-1] == untraced, f"the run with slow frames ended otherwise: {slow[-1]}")
    said = [line for line in slow if re.fullmatch(r"swarm: a frame took \d+\.\d ms", line)]
    telar_trace.need(len(said) == 10, f"it said of {len(said)} frames that they were slow")
    telar_trace.need(saved == sorted(f"swarm-slow-{i}.pftrace" for i in range(1, 11)), f"saved were {saved}")
    telar_trace.need(telar_trace.turns(*telar_trace.read(pathlib.Path(folder) / saved[0])) > 0, "no turns")
print(f"{found} turns, {len(events)} events")
