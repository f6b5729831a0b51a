#!/usr/bin/env python3
"""Decompile each interpreter's own library, compile what comes out, and compare the code objects.

    scripts/score.py                         the standard library of every interpreter found
    scripts/score.py 3.8 3.12 --limit 60     two versions, 60 files each, spread over the library
    scripts/score.py --corpus test           the library's tests; `site`: what is installed beside it
    scripts/score.py --release 3.13.5        a native release of releases.py, on its own library
    scripts/score.py --check                 status 1 where a version scores lower than scores/library.json says
    scripts/score.py --update                write what was measured there, and the table in README.md

Two code objects are equal as equivalence.py defines it. A file is perfect when all its code objects are. A code
object that differs is a silent wrong unless the tool's own report flags it; one that is equal and flagged is a
false alarm. For each version the rows of all files, with each code object that differs and where, go to
target/scores/CORPUS-VERSION.json, the output itself to target/scores/CORPUS-VERSION/. Compiled corpora are kept in
target/corpus.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import interpreters
import releases

ROOT = interpreters.ROOT
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
RATCHET = ROOT / "scores" / "library.json"
# A patch release changes the library it is measured on by a little: so much may a percentage then fall.
OTHER_RELEASE_SLACK = 0.5

COMPILE = """
import json, os, py_compile, sys, warnings
warnings.simplefilter("ignore")
sources, folder, made = sys.argv[1:]
pairs = []
for number, source in enumerate(open(sources, encoding="utf-8").read().split("\\n")):
    compiled = os.path.join(folder, "%05d_%s.pyc" % (number, os.path.basename(source)[:-3][-60:]))
    try:
        py_compile.compile(source, cfile=compiled, doraise=True)
    except Exception:
        continue
    pairs.append([source, compiled])
json.dump(pairs, open(made, "w"))
"""


@dataclass
class Score:
    """What one version's corpus came to."""

    release: str
    files: int = 0
    output: int = 0
    compiles: int = 0
    perfect: int = 0
    codes: int = 0
    equivalent: int = 0
    identical: int = 0
    silent: int = 0
    alarms: int = 0
    seconds: float = 0.0
    worst: list[str] = field(default_factory=list)
    disagreements: list[str] = field(default_factory=list)

    def percent(self, name: str) -> float:
        """`perfect` and `output` of files, `equivalent` and `identical` of code objects."""
        return 100.0 * int(getattr(self, name)) / max(self.whole(name), 1)

    def missing(self, name: str) -> int:
        """How many are not."""
        return self.whole(name) - int(getattr(self, name))

    def whole(self, name: str) -> int:
        """How many there are of what `name` counts."""
        return self.codes if name in ("equivalent", "identical") else self.files

    def kept(self) -> dict[str, Any]:
        """The part that the ratchet file holds."""
        names = ("release", "files", "perfect", "codes", "equivalent", "silent", "alarms")
        return {name: getattr(self, name) for name in names}


def sources(python: str, corpus: str) -> list[str]:
    """The .py files of a corpus: the library's modules (`std`), its tests (`test`), what is installed (`site`)."""
    command = [python, "-I", "-c", "import os; print(os.path.dirname(os.__file__))"]
    library = Path(subprocess.check_output(command, text=True).strip())
    if corpus == "test":
        found = sorted(library.glob("test/test_*.py"))
    elif corpus == "site":
        found = sorted(library.glob("site-packages/**/*.py"))
    else:
        found = sorted(library.glob("*.py")) + sorted(library.glob("[a-s]*/*.py"))
        skipped = ("/test", "/site-packages", "lib2to3", "idlelib")
        found = [path for path in found if not any(part in str(path) for part in skipped)]
    return [str(path) for path in found]


def spread(items: list[Any], limit: int) -> list[Any]:
    """`limit` items, evenly spaced; all when limit is 0."""
    if not limit or len(items) <= limit:
        return items
    step = len(items) / limit
    return [items[int(index * step)] for index in range(limit)]


def compiled_corpus(python: str, release: str, corpus: str) -> list[tuple[str, str]]:
    """Pairs of source and .pyc of a corpus, compiled once and kept."""
    folder = TARGET / "corpus" / release / corpus
    made = folder / "made.json"
    if not made.exists():
        (folder / "pyc").mkdir(parents=True, exist_ok=True)
        (folder / "sources.txt").write_text("\n".join(sources(python, corpus)), encoding="utf-8")
        partial = folder / "made.partial.json"
        command = [python, "-I", "-c", COMPILE, str(folder / "sources.txt"), str(folder / "pyc"), str(partial)]
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        partial.rename(made)
    return [(source, compiled) for source, compiled in json.loads(made.read_text())]


def decompile(command: str, pairs: list[tuple[str, str]], output: Path) -> float:
    """Decompile the .pyc files of `pairs` into `output` by one call of the tool; the seconds that took."""
    inputs = output.with_name(output.name + "-in")
    for folder in (inputs, output):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for _, compiled in pairs:
        os.link(compiled, inputs / Path(compiled).name)
    shell = command.replace("{in}", str(inputs)).replace("{out}", str(output))
    start = time.monotonic()
    with (output.with_name(output.name + ".log")).open("w") as log:
        done = subprocess.run(shell, shell=True, stdout=log, stderr=subprocess.STDOUT, check=False)
    seconds = time.monotonic() - start
    if done.returncode not in (0, 1):
        print(f"warning: status {done.returncode} from {shell}; see {log.name}", file=sys.stderr)
    shutil.rmtree(inputs)
    return seconds


def compare(python: str, pairs: list[tuple[str, str | None]], jobs: int, scratch: Path) -> list[dict[str, Any]]:
    """The rows of equivalence.py for these pairs of original and decompiled source."""

    def part(number: int) -> list[dict[str, Any]]:
        listed = scratch.with_name(f"{scratch.name}-{number}.pairs.json")
        listed.write_text(json.dumps(pairs[number::jobs]))
        command = [python, "-I", str(ROOT / "crates" / "lancehead" / "src" / "equivalence.py"), str(listed)]
        try:
            rows: list[dict[str, Any]] = json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))
            return rows
        finally:
            listed.unlink()

    with ThreadPoolExecutor(jobs) as pool:
        return [row for rows in pool.map(part, range(jobs)) for row in rows]


def flagged(log: Path) -> dict[str, Counter[str]]:
    """The paths of the code objects that the tool itself does not vouch for, by the stem of the file."""
    reports: dict[str, Counter[str]] = {}
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("{"):
            report = json.loads(line)
            paths = (each["path"] for each in report["functions"] if each["fate"] != "proven")
            reports[Path(report["input"]).stem] = Counter(paths)
    return reports


def disagreements(
    score: Score, rows: list[dict[str, Any]], pairs: list[tuple[str, str]], reports: dict[str, Counter[str]]
) -> None:
    """Count what differs and was not flagged, and what was flagged and is equal."""
    stems = {source: Path(compiled).stem for source, compiled in pairs}
    for row in rows:
        if row["status"] not in ("perfect", "differs"):
            continue
        bad = Counter(path for path, _ in row["bad"])
        ours = reports.get(stems[row["file"]], Counter())
        silent, alarms = bad - ours, ours - bad
        score.silent += silent.total()
        score.alarms += alarms.total()
        score.disagreements += [f"{row['file']}: {path}: silent" for path in silent.elements()]
        score.disagreements += [f"{row['file']}: {path}: false alarm" for path in alarms.elements()]


def summarise(release: str, rows: list[dict[str, Any]], seconds: float) -> Score:
    """Add the rows up."""
    score = Score(release, seconds=seconds)
    for row in rows:
        score.files += 1
        score.output += row["status"] != "none"
        score.compiles += row["status"] in ("perfect", "differs")
        score.perfect += row["status"] == "perfect"
        score.codes += row["codes"]
        score.equivalent += row["equivalent"]
        score.identical += row["identical"]
        if row["status"] == "none":
            score.worst.append(f"{row['file']}: no output")
        score.worst += [f"{row['file']}: {path}: {difference}" for path, difference in row["bad"]]
    return score


def measure(version: str, python: str, options: argparse.Namespace) -> Score:
    """Score one version."""
    release = interpreters.release(python) or version
    pairs = spread(compiled_corpus(python, release, options.corpus), options.limit)
    output = TARGET / "scores" / f"{options.corpus}-{version}"
    seconds = decompile(options.tool, pairs, output)
    outputs: list[tuple[str, str | None]] = []
    for source, compiled in pairs:
        made = output / (Path(compiled).stem + ".py")
        outputs.append((source, str(made) if made.exists() else None))
    rows = compare(python, outputs, options.jobs, output)
    output.with_name(output.name + ".json").write_text(json.dumps(rows, indent=1))
    score = summarise(release, rows, seconds)
    if not options.foreign:
        disagreements(score, rows, pairs, flagged(output.with_name(output.name + ".log")))
    return score


def release_binary() -> Path:
    """Build the command in release mode; its path."""
    command = ["cargo", "build", "--release", "--package", "lancehead-cli"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    return TARGET / "release" / "lancehead"


def row(version: str, score: Score) -> str:
    return (
        f"{version:6} {score.files:5} {score.percent('output'):7.1f}% {score.percent('compiles'):8.1f}% "
        f"{score.perfect:6} = {score.percent('perfect'):5.1f}% {score.codes:7} {score.percent('equivalent'):9.2f}% "
        f"{score.percent('identical'):8.2f}% {score.silent:6} {score.alarms:6} {score.seconds:7.2f}"
    )


HEADING = "       files   output  compiles  perfect files   codes equivalent identical silent alarms seconds"


def fallen(version: str, score: Score, kept: dict[str, Any]) -> list[str]:
    """What is lower than the ratchet says. A file that is not installed everywhere is no fall: more must be missing."""
    before = Score(**kept)
    slack = 0.0 if before.release == score.release else OTHER_RELEASE_SLACK
    return [
        f"{version}: {name} fell from {before.percent(name):.2f} to {score.percent(name):.2f} %"
        for name in ("perfect", "equivalent")
        if score.percent(name) < before.percent(name) - slack and (slack or score.missing(name) > before.missing(name))
    ] + [
        f"{version}: {getattr(score, name)} {what}, before {getattr(before, name)}"
        for name, what in (("silent", "silent wrongs"), ("alarms", "false alarms"))
        if getattr(score, name) > getattr(before, name)
    ]


def readme_table(kept: dict[str, dict[str, Any]]) -> str:
    """The scores of a corpus as README.md shows them."""
    lines = ["| CPython | files perfect | code objects equivalent |", "|---|---|---|"]
    for version in interpreters.VERSIONS:
        if version in kept:
            score = Score(**kept[version])
            perfect, equivalent = score.percent("perfect"), score.percent("equivalent")
            lines.append(
                f"| {score.release} | {score.perfect} of {score.files} = {perfect:.1f} % "
                f"| {score.equivalent} of {score.codes} = {equivalent:.2f} % |"
            )
    return "\n".join(lines)


def write_readme(kept: dict[str, dict[str, Any]]) -> None:
    """Put the table between its two marks in README.md."""
    readme = ROOT / "README.md"
    before, start, rest = readme.read_text(encoding="utf-8").partition("<!-- scores -->\n")
    _, end, after = rest.partition("<!-- /scores -->")
    if start and end:
        readme.write_text(before + start + readme_table(kept) + "\n" + end + after, encoding="utf-8")


def save(ratchet: dict[str, dict[str, dict[str, Any]]]) -> None:
    """Write the ratchet file, and the table that README.md shows of it."""
    RATCHET.write_text(json.dumps(ratchet, indent=2) + "\n")
    write_readme(ratchet.get("std", {}))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("versions", nargs="*", default=list(interpreters.VERSIONS), help="3.7 to 3.15; all if none")
    parser.add_argument("--corpus", default="std", choices=("std", "test", "site"))
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only N files, spread over the corpus")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N")
    parser.add_argument("--release", action="append", default=[], metavar="X.Y.Z", help="score this patch release")
    parser.add_argument("--worst", action="store_true", help="print the code objects that differ")
    parser.add_argument("--tool", metavar="CMD", help="score another tool: a command with {in} and {out} folders")
    parser.add_argument("--require-all", action="store_true", help="fail when an interpreter is missing")
    ratchet = parser.add_mutually_exclusive_group()
    ratchet.add_argument("--check", action="store_true", help="fail if a version scores lower than scores/library.json")
    ratchet.add_argument("--update", action="store_true", help="write the scores to scores/library.json")
    options = parser.parse_args()
    if options.limit and (options.check or options.update):
        parser.error("the ratchet holds whole corpora: no --limit with --check or --update")
    if options.tool and options.update:
        parser.error("the ratchet holds our own scores: no --tool with --update")
    return options


def native(names: list[str]) -> dict[str, str]:
    """The interpreters of those releases that are native and laid out."""
    commands = {name: releases.named(name).command() for name in names}
    return {name: command[0] for name, command in commands.items() if command and command[1:] == ["-I"]}


def main() -> int:
    options = parse_arguments()
    options.foreign = options.tool is not None
    if not options.foreign:
        options.tool = f"{release_binary()} decompile {{in}} -o {{out}} --json -j {options.jobs}"
    ratchet = json.loads(RATCHET.read_text()) if RATCHET.exists() else {}
    kept = ratchet.setdefault(options.corpus, {})
    problems = []
    if options.release:
        found = native(options.release)
        problems += [f"no native CPython {name} is laid out" for name in options.release if name not in found]
    else:
        found = interpreters.found_interpreters(tuple(options.versions))
        if options.require_all and len(found) < len(options.versions):
            problems.append("an interpreter is missing")
    print(HEADING)
    for version, python in found.items():
        score = measure(version, python, options)
        print(row(version, score), flush=True)
        for line in score.disagreements + score.worst if options.worst else []:
            print(f"    {line}")
        if options.check and version in kept:
            problems += fallen(version, score, kept[version])
        if options.update:
            kept[version] = score.kept()
            save(ratchet)
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
