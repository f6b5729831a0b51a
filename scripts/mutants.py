#!/usr/bin/env python3
"""Change sources, and see that `check` tells each changed source from the bytecode of the unchanged one.

    scripts/mutants.py                   1,000 changed sources for each interpreter found
    scripts/mutants.py 3.8 3.13.5        of these interpreters and releases only
    scripts/mutants.py --count 5000

The changes are those of crates/lancehead-check/tests/support/mutate.rs: constants, operators, names, comparisons,
conditions, arguments, statements dropped or exchanged, and more. A changed source that is accepted is compiled by the
interpreter: if equivalence.py finds the code objects different, `check` was wrong. Those that it finds equal changed
nothing, and do not count. Status 1 when a change is not told.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import interpreters
from score import TARGET


def load_pairs() -> ModuleType:
    """check-pairs.py, whose name is none of a module."""
    spec = importlib.util.spec_from_file_location("check_pairs", Path(__file__).with_name("check-pairs.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def example() -> Path:
    """Build the program that changes sources."""
    command = ["cargo", "build", "--quiet", "--package", "lancehead-check", "--example", "mutants"]
    subprocess.run(command, cwd=interpreters.ROOT, check=True)
    return TARGET / "debug" / "examples" / "mutants"


def judge(command: list[str], accepted: list[list[str]], scratch: Path) -> list[dict[str, Any]]:
    """What equivalence.py, under the interpreter itself, says of changed sources that were accepted."""
    listed = scratch / "accepted.json"
    listed.write_text(json.dumps([[original, copy] for original, copy, *_ in accepted]))
    script = str(interpreters.ROOT / "crates" / "lancehead" / "src" / "equivalence.py")
    rows: list[dict[str, Any]] = json.loads(subprocess.check_output([*command, script, str(listed)]))
    return rows


def measure(name: str, pairs: ModuleType, tool: Path, options: argparse.Namespace) -> int:
    """Change sources of the library of `name`; how many changes were not told."""
    sample = argparse.Namespace(sources=None, level=0, limit=120)
    folder = pairs.compiled(name, sample)
    command, _, _ = pairs.command_of(name)
    if folder is None or command is None or command[-1] != "-I":
        print(f"note: no native CPython {name}; nothing is judged by it", file=sys.stderr)
        return 1
    out = TARGET.resolve() / "mutants" / name
    out.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(tool), str(folder / "000"), str(out), str(options.step), str(options.count)], check=True)
    rows = [line.split("\t") for line in (out / "verdicts").read_text(encoding="utf-8").splitlines()]
    accepted = [row for row in rows if not row[3]]
    silent = 0
    for row, verdict in zip(accepted, judge(command, accepted, out) if accepted else []):
        if verdict["status"] != "perfect":
            silent += 1
            print(f"    {row[0]}: {row[2]}: {verdict['status']} {verdict['bad'][:1]}")
    counted = len(rows) - len(accepted) + silent
    print(
        f"{name:8} {counted:6} changed sources, {silent} not told; {len(accepted) - silent} changed nothing", flush=True
    )
    return silent


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="3.7 to 3.15, or names of native releases")
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="changed sources for each")
    parser.add_argument("--step", type=int, default=149, metavar="N", help="make every Nth change of a source")
    options = parser.parse_args()
    pairs, tool = load_pairs(), example()
    names = options.names or [name for name in interpreters.VERSIONS if interpreters.find(name)]
    return 1 if sum(measure(name, pairs, tool, options) for name in names) else 0


if __name__ == "__main__":
    sys.exit(main())
