#!/usr/bin/env python3
"""How many code objects have the lines of the original, decompiled with `--layout lines` and compiled again?

    scripts/lines.py                      the standard library of every interpreter from 3.11 on
    scripts/lines.py 3.12 --limit 60      one version, 60 files spread over the library
    scripts/lines.py --at-least 99        status 1 where a version has less, in percent

Lines are those of `co_lines()`, so counted are the lines of every instruction. A code object whose instructions differ
counts as one whose lines do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import interpreters
import score

COMPARE = """
import json, marshal, sys, types

def children(code):
    return [c for c in code.co_consts if isinstance(c, types.CodeType)]

def tables(code):
    rows = [tuple(line for _, _, line in code.co_lines())]
    return rows + [row for child in children(code) for row in tables(child)]

def compared(pyc, source):
    with open(pyc, "rb") as file:
        ours = tables(marshal.loads(file.read()[16:]))
    try:
        with open(source, "rb") as file:
            theirs = tables(compile(file.read(), "m.py", "exec", dont_inherit=True))
    except Exception:
        theirs = []
    same = sum(a == b for a, b in zip(ours, theirs)) if len(ours) == len(theirs) else 0
    return len(ours), same

pairs = json.load(open(sys.argv[1]))
print(json.dumps([compared(*pair) for pair in pairs]))
"""


def measure(version: str, python: str, limit: int) -> tuple[int, int]:
    """How many code objects there are, and how many have the same lines."""
    release = interpreters.release(python) or version
    pairs = score.spread(score.compiled_corpus(python, release, "std"), limit)
    output = score.TARGET / "scores" / f"lines-{version}"
    tool = f"{score.release_binary()} decompile {{in}} -o {{out}} --layout lines --no-check -q"
    score.decompile(tool, pairs, output)
    listed = output.with_name(output.name + ".pairs.json")
    made = [(compiled, str(output / (Path(compiled).stem + ".py"))) for _, compiled in pairs]
    listed.write_text(json.dumps(made))
    command = [python, "-I", "-W", "ignore", "-c", COMPARE, str(listed)]
    counts = json.loads(subprocess.check_output(command, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}))
    return sum(count for count, _ in counts), sum(same for _, same in counts)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("versions", nargs="*", default=["3.11", "3.12", "3.13", "3.14", "3.15"])
    parser.add_argument("--limit", type=int, default=0, metavar="N")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT")
    options = parser.parse_args()
    short = []
    for version, python in interpreters.found_interpreters(tuple(options.versions)).items():
        count, same = measure(version, python, options.limit)
        percent = 100.0 * same / max(count, 1)
        print(f"{version:5} {same} of {count} code objects have the same lines: {percent:.2f} %", flush=True)
        if percent < options.at_least:
            short.append(version)
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
