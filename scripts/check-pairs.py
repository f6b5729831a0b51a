#!/usr/bin/env python3
"""Check genuine pairs of source and bytecode: every difference that `lancehead check` finds is a false accusation.

    scripts/check-pairs.py                      library and tests of each interpreter and release found
    scripts/check-pairs.py 3.8 3.13.5           of these only; a release that is missing fails
    scripts/check-pairs.py --matrix             all of releases.py; one that is missing fails
    scripts/check-pairs.py --level 1 3.12       compiled with -O
    scripts/check-pairs.py --sources FOLDER     all .py files below FOLDER instead of the library
    scripts/check-pairs.py --limit 200          so many files, spread over the corpus

Compiled pairs are kept in target/pairs. Prints files and code objects, how many differ, and which releases the files
were recognised to be compiled by. Status 1 when anything differs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import interpreters
import releases
from score import TARGET, release_binary, spread

COMPILER = Path(__file__).resolve().parent / "compile-pairs.py"


def library(version: str) -> list[str]:
    """The library and tests of the interpreter of a version, without what is installed beside it."""
    python = interpreters.find(version)
    if python is None:
        return []
    command = [python, "-I", "-c", "import os; print(os.path.dirname(os.__file__))"]
    folder = Path(subprocess.check_output(command, text=True).strip())
    return sorted(str(path) for path in folder.rglob("*.py") if "site-packages" not in path.parts)


def command_of(name: str) -> tuple[list[str] | None, str, str]:
    """How to run a script under an interpreter or release, what files are behind there, and its minor version."""
    if name in interpreters.VERSIONS:
        python = interpreters.find(name)
        return ([python, "-I"] if python else None), "", name
    release = releases.named(name)
    return release.command(), release.prefix, release.version


def compiled(name: str, options: argparse.Namespace) -> Path | None:
    """The folder of pairs, made if it is not there; None without the release."""
    command, prefix, version = command_of(name)
    if command is None:
        return None
    if options.sources:
        sources = sorted(str(path.resolve()) for path in Path(options.sources).rglob("*.py"))
    else:
        sources = library(version)
    if not sources:
        print(f"note: no sources to compile by {name}", file=sys.stderr)
        return None
    corpus = Path(options.sources).name if options.sources else "library"
    folder = TARGET.resolve() / "pairs" / f"{name}-{corpus}-{options.level}-{options.limit}"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        listed = folder / "sources.txt"
        listed.write_text("\n".join(spread(sources, options.limit)), encoding="utf-8")
        arguments = [str(COMPILER), str(listed), str(folder), str(options.level), *([prefix] if prefix else [])]
        made = subprocess.run(command + arguments, check=True, text=True, capture_output=True).stdout
        (folder / "made").write_text(made.strip().split("\n")[-1])
    return folder


def check(name: str, folder: Path, tool: str, options: argparse.Namespace) -> int:
    """Check all pairs of a folder, and print what came of it; how many code objects differ."""
    release = (folder / "made").read_text().split()[0]
    command = [tool, "check", "--json", "--quiet", "--optimize", str(options.level), str(folder)]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    files = codes = different = 0
    recognised: Counter[str] = Counter()
    found = []
    for line in done.stdout.splitlines():
        report = json.loads(line)
        files += 1
        codes += len(report["functions"])
        recognised[report.get("compiled_by") or "any"] += 1
        for function in report["functions"]:
            if function["difference"]:
                different += 1
                found.append(f"    {report['input']}: {function['path']}: {function['difference']['text']}")
    failed = [line for line in done.stderr.splitlines() if not line.startswith("differs")]
    kinds = ", ".join(f"{count} {kind}" for kind, count in recognised.most_common())
    print(f"{name:8} {release:8} {files:6} files {codes:7} code objects {different:4} differ   {kinds}", flush=True)
    for line in (found + failed)[: options.show]:
        print(line)
    if files == 0:
        print(f"error: nothing was checked in {folder}", file=sys.stderr)
    return different + (files == 0)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", help="3.7 to 3.15, or names of releases")
    parser.add_argument("--matrix", action="store_true", help="all releases of releases.py")
    parser.add_argument("--level", type=int, default=0, choices=(0, 1, 2), help="optimization level")
    parser.add_argument("--sources", metavar="FOLDER", help="compile the .py files below FOLDER")
    parser.add_argument("--limit", type=int, default=0, metavar="N")
    parser.add_argument("--show", type=int, default=20, metavar="N", help="how many differences to print")
    parser.add_argument("--tool", default=os.environ.get("LANCEHEAD"), help="the lancehead command to use")
    options = parser.parse_args()
    tool = options.tool or str(release_binary())
    if options.matrix:
        options.names += [release.name for release in releases.MATRIX]
    names = options.names or [*interpreters.VERSIONS, *(release.name for release in releases.MATRIX)]
    problems = 0
    for name in names:
        folder = compiled(name, options)
        if folder is None:
            print(f"note: no CPython {name}; nothing is checked against it", file=sys.stderr)
            problems += bool(options.names)
        else:
            problems += check(name, folder, tool, options)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
