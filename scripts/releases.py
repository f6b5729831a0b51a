#!/usr/bin/env python3
"""Patch releases of CPython beside those that interpreters.py finds: what compiles otherwise under one magic number.

    scripts/releases.py                     list the matrix, one `release kind place` a line; what is missing is named
    scripts/releases.py --get 3.13.5 …      lay these releases out (all that are missing if none is named)
    scripts/releases.py --require 3.13.5 …  status 1 unless these are there

Native ones come from Debian's suites (get-python.sh), the others are CPython in WebAssembly from the npm package
`pyodide`, which node runs as a compiler only. They are laid out in LANCEHEAD_RELEASES, or `.pythons/releases`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import interpreters

FOLDER = Path(os.environ.get("LANCEHEAD_RELEASES", interpreters.pythons_folder() / "releases"))
RUNNER = Path(__file__).resolve().parent / "wasm-python.mjs"


@dataclass(frozen=True)
class Release:
    """One release, and where it comes from: a Debian suite, or a version of the npm package `pyodide`."""

    name: str
    suite: str | None = None
    pyodide: str | None = None

    @property
    def version(self) -> str:
        """Its minor version: `3.13`."""
        return ".".join(self.name.split(".")[:2]).removesuffix("-sid")

    @property
    def folder(self) -> Path:
        """Where it is laid out."""
        return FOLDER / self.name

    @property
    def prefix(self) -> str:
        """What it finds the files of this machine under."""
        return "/host" if self.pyodide else ""

    def command(self) -> list[str] | None:
        """The command that runs a script under it, or None if it is not there."""
        if self.suite:
            python = str(self.folder / "bin" / f"python{self.version}")
            found = interpreters.release(python)
            return [python, "-I"] if found and found.startswith(self.version + ".") else None
        node = shutil.which("node")
        package = self.folder / "node_modules" / "pyodide"
        is_there = (package / "pyodide.asm.wasm").is_file()
        return [node, "--stack-size=4000", str(RUNNER), str(package)] if node and is_there else None

    def get(self) -> None:
        """Lay it out."""
        if self.suite:
            environment = dict(os.environ, PYTHON_SUITES=self.suite)
            script = str(RUNNER.with_name("get-python.sh"))
            subprocess.run([script, self.version, str(self.folder)], check=True, env=environment)
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        quietly = ["--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        command = ["npm", "install", *quietly, "--prefix", str(self.folder), f"pyodide@{self.pyodide}"]
        subprocess.run(command, check=True)


MATRIX = (
    Release("3.10.2", pyodide="0.22.1"),
    Release("3.11.2", suite="bookworm"),
    Release("3.11.3", pyodide="0.25.1"),
    Release("3.12.7", pyodide="0.27.7"),
    Release("3.13.2", pyodide="0.28.3"),
    Release("3.13.5", suite="trixie"),
    Release("3.13-sid", suite="sid"),
    Release("3.14.2", pyodide="314.0.0"),
)


def named(name: str) -> Release:
    """The release of this name."""
    for release in MATRIX:
        if release.name == name:
            return release
    raise SystemExit(f"error: {name} is not in the matrix: {', '.join(r.name for r in MATRIX)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("releases", nargs="*", help="names of releases; all if none")
    parser.add_argument("--get", action="store_true", help="lay out what is missing")
    parser.add_argument("--require", action="store_true", help="fail unless all are there")
    options = parser.parse_args()
    missing = 0
    for release in [named(name) for name in options.releases] or list(MATRIX):
        if options.get and release.command() is None:
            release.get()
        kind = f"suite {release.suite}" if release.suite else f"pyodide {release.pyodide}"
        if release.command() is None:
            missing += 1
            print(f"note: no CPython {release.name} ({kind}); nothing is tested against it", file=sys.stderr)
        else:
            print(release.name, kind, release.folder)
    return 1 if missing and (options.require or options.get) else 0


if __name__ == "__main__":
    sys.exit(main())
