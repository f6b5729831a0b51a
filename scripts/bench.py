#!/usr/bin/env python3
"""Measure how fast Lancehead is, beside what does comparable work, in one run on one core.

    scripts/bench.py speed [3.12]            decompile the standard library; CPython compiles and loads the same
    scripts/bench.py speed --peers           the pycdc of the crate registry too, built into target/peers
    scripts/bench.py linear [3.12]           functions of 1,600, 6,400 and 25,600 statements; status 1 if the time
                                             for one statement grows by more than half from first to last

Each figure is the best of several runs. Compiled files come from the corpus that score.py keeps.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import interpreters
import score

RUNS = 3
STATEMENTS = (1_600, 6_400, 25_600)
# How much longer one statement of the longest function may take than one of the shortest.
GROWTH = 1.5

CPYTHON = """
import json, marshal, sys, time, warnings
warnings.simplefilter("ignore")
pairs = json.load(open(sys.argv[1]))
sources = [(name, open(name, "rb").read()) for name, _ in pairs]
dumped = [open(name, "rb").read()[16:] for _, name in pairs]
best = [1e9, 1e9]
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    for name, source in sources:
        compile(source, name, "exec", dont_inherit=True)
    middle = time.perf_counter()
    for data in dumped:
        marshal.loads(data)
    end = time.perf_counter()
    best = [min(best[0], middle - start), min(best[1], end - middle)]
print(json.dumps(best + [sum(map(len, dumped))]))
"""

# Statements of many kinds, in a fixed order, within one function.
SHAPES = (
    "x{n} = a.b{m}(x, {n})",
    "if x{m}: y = x{n} = {n}",
    "for i in range({n}): y += i * x",
    "y = [v for v in x if v > {n}] or {{'k': x}}",
    "try: f{m}(x)\n    except ValueError as e: y = e",
    "while y and x < {n}: y = g(y)",
    "with x as z, y: z.call({n}, k=y)",
    "x.a[{m}] = y if x else f'{{x}}-{n}'",
)


@dataclass
class Cost:
    """The best time of several runs, in seconds, and the most memory of any, in megabytes."""

    seconds: float = float("inf")
    megabytes: float = 0.0


def timed(command: list[str]) -> Cost:
    """Run a command several times."""
    cost = Cost()
    for _ in range(RUNS):
        start = time.perf_counter()
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(child.pid, 0)
        cost.seconds = min(cost.seconds, time.perf_counter() - start)
        cost.megabytes = max(cost.megabytes, used.ru_maxrss / 1024)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 1):
            raise SystemExit(f"status {child.returncode} from {command}")
    return cost


def decompile(tool: list[str], inputs: Path) -> Cost:
    """What a tool takes for a folder of .pyc files."""
    with tempfile.TemporaryDirectory() as output:
        return timed([*tool, str(inputs), "-o", output])


def peer() -> Path | None:
    """The peer's binary, built once; None if it cannot be had."""
    root = score.TARGET / "peers"
    binary = root / "bin" / "pycdc"
    if not binary.exists():
        command = ["cargo", "install", "--quiet", "--locked", "--root", str(root), "pycdc@0.8.2"]
        subprocess.run(command, check=False)
    return binary if binary.exists() else None


def speed(version: str, peers: bool) -> int:
    """Print the table of speeds."""
    python = interpreters.find(version)
    if python is None:
        raise SystemExit(f"no CPython {version} found")
    ours = score.release_binary()
    release = interpreters.release(python) or version
    pairs = score.compiled_corpus(python, release, "std")
    folder = Path(pairs[0][1]).parent
    made = folder.parent / "made.json"
    done = subprocess.check_output([python, "-I", "-c", CPYTHON, str(made), str(RUNS)], text=True)
    compiling, loading, size = json.loads(done)
    rows = [
        (f"CPython {release}: compile the sources", Cost(compiling)),
        (f"CPython {release}: marshal.loads", Cost(loading)),
        ("lancehead decompile -j 1", decompile([str(ours), "decompile", "--quiet", "-j", "1"], folder)),
        ("lancehead info", timed([str(ours), "info", "--format", "json", str(folder)])),
        ("lancehead dis", timed([str(ours), "dis", str(folder)])),
    ]
    if peers:
        binary = peer()
        if binary is None:
            print("note: the peer could not be built", file=sys.stderr)
        else:
            rows.append(("pycdc 0.8.2 -j 1", decompile([str(binary), "-j", "1"], folder)))
    print(f"{len(pairs)} modules of {release}, {size / 1e6:.1f} MB of marshal, one core, best of {RUNS}")
    for name, cost in rows:
        memory = f"{cost.megabytes:6.0f} MB at most" if cost.megabytes else ""
        print(f"{name:42} {cost.seconds:8.3f} s {size / 1e6 / cost.seconds:8.1f} MB/s {memory}".rstrip())
    return 0


def generated(statements: int) -> str:
    """A module of one function with so many statements."""
    lines = ["def function(a, x, y, f, g):"]
    for number in range(statements):
        shape = SHAPES[number % len(SHAPES)]
        lines.append("    " + shape.format(n=number, m=number % 50))
    return "\n".join(lines) + "\n"


def linear(version: str) -> int:
    """Print how long functions of growing length take; fail when it is out of proportion."""
    python = interpreters.find(version)
    if python is None:
        raise SystemExit(f"no CPython {version} found")
    ours = score.release_binary()
    folder = Path(tempfile.mkdtemp(prefix="lancehead-linear-"))
    costs = []
    try:
        for statements in STATEMENTS:
            source, compiled = folder / f"f{statements}.py", folder / f"f{statements}.pyc"
            source.write_text(generated(statements))
            code = "import py_compile, sys; py_compile.compile(sys.argv[1], sys.argv[2], doraise=True)"
            subprocess.run([python, "-I", "-c", code, str(source), str(compiled)], check=True)
            cost = timed([str(ours), "decompile", str(compiled)])
            costs.append(cost.seconds / statements)
            each = 1e6 * costs[-1]
            print(
                f"{statements:6} statements {cost.seconds:8.3f} s {each:8.1f} us a statement, "
                f"{cost.megabytes:.0f} MB at most"
            )
    finally:
        shutil.rmtree(folder)
    growth = costs[-1] / min(costs)
    print(f"a statement of the longest takes {growth:.2f} times as long as one of the cheapest")
    return 1 if growth > GROWTH else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("what", choices=("speed", "linear"))
    parser.add_argument("version", nargs="?", default="3.12")
    parser.add_argument("--peers", action="store_true", help="measure the peer too")
    options = parser.parse_args()
    os.chdir(interpreters.ROOT)
    return speed(options.version, options.peers) if options.what == "speed" else linear(options.version)


if __name__ == "__main__":
    sys.exit(main())
