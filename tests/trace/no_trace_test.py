# SPDX-License-Identifier: MIT
"""no_trace_test.py PROGRAM...: telar_trace.py refuses in one line what is no trace, and one that is cut off. PROGRAM is
trace_program, with what it is run by."""
import pathlib
import subprocess
import sys
import tempfile

TOOL = pathlib.Path(__file__).parents[2] / "tools/debug/telar_trace.py"

with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "file"

    def said_of(data, name):
        file = path.with_name(name)
        if data is not None:
            file.write_bytes(data)
        done = subprocess.run([sys.executable, TOOL, file], capture_output=True, text=True)
        assert done.returncode != 0, f"{data!r} was read as {name}"
        assert done.stderr.count("\n") == 1, f"{data!r} as {name}: {done.stderr}"
        return done.stderr

    for data in b"", b"int main", b"{}", b"[1]", b"null", b'{"traceEvents": [1]}', b'{"traceEvents": [{"ph": "B"}]}':
        for name in "trace.json", "trace.pftrace":
            said = said_of(data, name)
            assert "no trace" in said or "no frames" in said, said
    for name in "cut.json", "cut.pftrace":
        subprocess.run(sys.argv[1:] + ["slow", path.with_name(name)], check=True)
        said = said_of(path.with_name(name).read_bytes()[:-7], name)
        assert "damaged" in said, said
    assert "No such file" in said_of(None, "none.pftrace")
