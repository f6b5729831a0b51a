#!/usr/bin/env python3
"""Look for bytecode that is called proven, and does something else.

    scripts/adversary.py                           every interpreter found, all programs, about a minute each
    scripts/adversary.py 3.12 --stride 1           every edit
    scripts/adversary.py 3.12 --mode decompile     decompile each edit, and run what comes out beside it
    scripts/adversary.py --program truth --stride 7 --offset 3

Every byte of the bytecode and of the exception table, and every field, of small programs is set to every value that
matters (crates/lancehead/examples/adversary.rs). Edits that Lancehead calls proven are run by the interpreter in
processes of their own, and must do what the source does. Status 1, and a line each, if one does not.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import interpreters
from adversary_programs import HOT, PROGRAMS

ROOT = interpreters.ROOT
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))

# Runs under the interpreter. Reads records, and prints those that do not do what the program does.
RUNNER = r"""
import marshal, os, resource, select, signal, sys, time
source_path, mode = sys.argv[1:3]
source = open(source_path, encoding="utf-8").read()
stream = sys.stdin.buffer

def outcome(make, seconds=3.0):
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (4, 4))
        null = os.open(os.devnull, os.O_RDWR)
        for stream_number in (0, 1, 2):
            os.dup2(null, stream_number)
        found, size = [], [0]
        def record(value):
            text = repr(value)
            size[0] += len(text)
            if size[0] < 200000:
                found.append(text)
        try:
            exec(make(), {"__name__": "m", "record": record})
            found.append("ends")
        except BaseException as error:
            found.append("raises " + type(error).__name__ + ": " + str(error))
        os.write(writing, "\n".join(found)[:60000].encode("utf-8", "backslashreplace"))
        os._exit(0)
    os.close(writing)
    parts, deadline = [], time.monotonic() + seconds
    while True:
        ready, _, _ = select.select([reading], [], [], max(0, deadline - time.monotonic()))
        part = os.read(reading, 65536) if ready else None
        if not part:
            break
        parts.append(part)
    if part is None:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if part is None:
        return "does not end"
    if status:
        return "crashes with status %d" % status
    return b"".join(parts).decode("utf-8")

def compiled(text):
    return lambda: compile(text, "m.py", "exec", dont_inherit=True)

expected = outcome(compiled(source))
ran = bad = 0
while True:
    line = stream.readline().split(b" ", 3)
    if line[0] in (b"end", b""):
        print("ran", ran, "bad", bad, "edits", int(line[1]) if line[0] == b"end" else -1)
        break
    number, length, source_length, description = int(line[0]), int(line[1]), int(line[2]), line[3].decode().strip()
    data, text = stream.read(length), stream.read(source_length).decode("utf-8", "surrogatepass")
    ran += 1
    found = outcome(lambda: marshal.loads(data))
    wanted = expected if mode == "check" else outcome(compiled(text))
    if found != wanted:
        again = outcome(lambda: marshal.loads(data))
        wanted = outcome(compiled(source if mode == "check" else text))
        if again == wanted:
            continue
        bad += 1
        a, b = again.split("\n"), wanted.split("\n")
        at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
        print("BAD", number, description, "|", "".join(a[at:at + 1])[:80], "| expected", "".join(b[at:at + 1])[:80])
        sys.stdout.flush()
"""


def attack(version: str, python: str, name: str, options: argparse.Namespace, folder: Path) -> tuple[str, list[str]]:
    """Try all edits of one program. Gives the summary and what was found."""
    source, pyc = folder / f"{version}-{name}.py", folder / f"{version}-{name}.pyc"
    source.write_text(HOT + PROGRAMS[name][1], encoding="utf-8")
    compiling = "import py_compile, sys; py_compile.compile(sys.argv[1], cfile=sys.argv[2], doraise=True)"
    subprocess.run([python, "-I", "-W", "ignore", "-c", compiling, str(source), str(pyc)], check=True)
    edits = [options.helper, options.mode, str(pyc), str(source), str(options.stride), str(options.offset)]
    with subprocess.Popen(edits, stdout=subprocess.PIPE) as editor:
        runner = [python, "-I", "-W", "ignore", "-c", RUNNER, str(source), options.mode]
        done = subprocess.run(runner, stdin=editor.stdout, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    bad = [f"{version} {name} {line}" for line in lines if line.startswith("BAD")]
    if editor.returncode or done.returncode or not lines or "edits -1" in lines[-1]:
        bad.append(f"{version} {name}: did not come to its end: {done.stderr[-300:]}")
    return f"{version} {name}: {lines[-1] if lines else ''}", bad


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("versions", nargs="*", metavar="X.Y", help="versions; without, all that are found")
    parser.add_argument("--mode", choices=("check", "decompile"), default="check")
    parser.add_argument("--program", action="append", choices=sorted(PROGRAMS), help="only this program")
    parser.add_argument("--stride", type=int, default=1, metavar="N", help="only each N-th edit")
    parser.add_argument("--offset", type=int, default=0, metavar="N", help="from this one on")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--helper", default=str(TARGET / "debug" / "examples" / "adversary"), metavar="FILE")
    options = parser.parse_args()
    jobs = []
    for version, python in interpreters.found_interpreters(tuple(options.versions) or interpreters.VERSIONS).items():
        number = tuple(map(int, version.split(".")))
        names = [name for name, (oldest, _) in PROGRAMS.items() if number >= oldest]
        jobs += [(version, python, name) for name in names if not options.program or name in options.program]
    found: list[str] = []
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(options.jobs) as pool:
        for summary, bad in pool.map(lambda job: attack(*job, options, Path(folder)), jobs):
            print(summary, flush=True)
            for line in bad:
                print(line, flush=True)
            found += bad
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
