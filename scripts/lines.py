#!/usr/bin/env python3
"""How many code objects have the lines of the original, decompiled with `--layout lines` and compiled again?

    scripts/lines.py                      the standard library of every interpreter from 3.11 on
    scripts/lines.py 3.12 --limit 60      one version, 60 files spread over the library
    scripts/lines.py --corpus test        the library's tests; `site`: what is installed beside it
    scripts/lines.py --at-least 99        status 1 where a version has less, in percent
    scripts/lines.py --worst              print the code objects whose lines differ
    scripts/lines.py --check              status 1 where a library keeps fewer than scores/lines.json says
    scripts/lines.py --update             write what the libraries came to into scores/lines.json

Lines are those of `co_lines()`, so counted are the lines of every instruction. A code object whose instructions differ
counts as one whose lines do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import interpreters
import score

RATCHET = interpreters.ROOT / "scores" / "lines.json"
COMPARE = """
import json, marshal, sys, types

def children(code):
    return [c for c in code.co_consts if isinstance(c, types.CodeType)]

def tables(code, path):
    path = path + code.co_name
    rows = [(path, tuple(line for _, _, line in code.co_lines()))]
    return rows + [row for child in children(code) for row in tables(child, path + ".")]

def compared(pyc, source):
    with open(pyc, "rb") as file:
        ours = tables(marshal.loads(file.read()[16:]), "")
    try:
        with open(source, "rb") as file:
            theirs = tables(compile(file.read(), "m.py", "exec", dont_inherit=True), "")
    except Exception:
        theirs = []
    if len(ours) != len(theirs):
        return len(ours), [path for path, _ in ours]
    return len(ours), [a[0] for a, b in zip(ours, theirs) if a != b]

pairs = json.load(open(sys.argv[1]))
print(json.dumps([compared(*pair) for pair in pairs]))
"""


@dataclass
class Kept:
    """How many code objects of a version's library keep their lines."""

    release: str
    codes: int
    same: int

    def percent(self) -> float:
        return 100.0 * self.same / max(self.codes, 1)


def measure(version: str, python: str, corpus: str, limit: int) -> tuple[Kept, list[str]]:
    """What a version comes to, and the code objects whose lines differ."""
    release = interpreters.release(python) or version
    pairs = score.spread(score.compiled_corpus(python, release, corpus), limit)
    output = score.TARGET / "scores" / f"lines-{'' if corpus == 'std' else corpus + '-'}{version}"
    tool = f"{score.release_binary()} decompile {{in}} -o {{out}} --layout lines --no-check -q"
    score.decompile(tool, pairs, output)
    listed = output.with_name(output.name + ".pairs.json")
    made = [(compiled, str(output / (Path(compiled).stem + ".py"))) for _, compiled in pairs]
    listed.write_text(json.dumps(made))
    command = [python, "-I", "-W", "ignore", "-c", COMPARE, str(listed)]
    rows = json.loads(subprocess.check_output(command, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}))
    differ = [f"{source}: {path}" for (source, _), (_, paths) in zip(pairs, rows) for path in paths]
    codes = sum(count for count, _ in rows)
    return Kept(release, codes, codes - len(differ)), differ


def fallen(version: str, now: Kept, before: Kept) -> list[str]:
    """What is lower than the ratchet says."""
    # Distributions leave files out: then it is another library.
    is_same = (before.release, before.codes) == (now.release, now.codes)
    slack = 0.0 if is_same else score.OTHER_RELEASE_SLACK
    if now.percent() >= before.percent() - slack:
        return []
    return [f"{version}: lines fell from {before.percent():.2f} to {now.percent():.2f} %"]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("versions", nargs="*", default=["3.11", "3.12", "3.13", "3.14", "3.15"])
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only N files, spread over the library")
    parser.add_argument("--corpus", choices=("std", "test", "site"), default="std")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT")
    parser.add_argument("--worst", action="store_true", help="print the code objects whose lines differ")
    ratchet = parser.add_mutually_exclusive_group()
    ratchet.add_argument("--check", action="store_true", help="fail if a version keeps fewer than before")
    ratchet.add_argument("--update", action="store_true", help="write the figures to scores/lines.json")
    options = parser.parse_args()
    if (options.check or options.update) and options.corpus != "std":
        parser.error("the ratchet holds the lines of the library alone")
    limit = 0 if options.check or options.update else options.limit
    kept = json.loads(RATCHET.read_text()) if RATCHET.exists() else {}
    problems = []
    for version, python in interpreters.found_interpreters(tuple(options.versions)).items():
        now, differ = measure(version, python, options.corpus, limit)
        figures = f"{now.same} of {now.codes} code objects have the same lines: {now.percent():.2f} %"
        print(f"{version:5} {figures}", flush=True)
        for line in differ if options.worst else []:
            print(f"    {line}")
        if now.percent() < options.at_least:
            problems.append(f"{version}: less than {options.at_least} %")
        if options.check and version in kept:
            problems += fallen(version, now, Kept(**kept[version]))
        kept[version] = asdict(now)
    if options.update:
        RATCHET.write_text(json.dumps(kept, indent=2) + "\n")
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
