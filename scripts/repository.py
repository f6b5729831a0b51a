#!/usr/bin/env python3
"""Carry the repository's address from Cargo.toml to all files that have to repeat it.

    scripts/repository.py            write it
    scripts/repository.py --check    fail where it differs

The address in [workspace.package] is the one to edit. Python's metadata, the docs site and the recipes under packaging/
cannot refer to it, so they hold a copy.
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COPIES = ["pyproject.toml", "mkdocs.yml", "README.md", "packaging", "docs"]
ADDRESS = re.compile(r"https://github\.com/[\w.-]+/lancehead(?![\w-])")
SHORT = re.compile(r"(?<=uses: )[\w.-]+/lancehead(?=@)")


def address() -> str:
    """Give the address of [workspace.package]."""
    for line in (ROOT / "Cargo.toml").read_text(encoding="utf-8").splitlines():
        if found := re.fullmatch(r'repository = "(.*)"', line):
            return found[1]
    sys.exit("error: Cargo.toml has no repository")


def files() -> list[pathlib.Path]:
    """Give the files that repeat the address."""
    found = []
    for name in COPIES:
        path = ROOT / name
        found += sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return found


def main() -> int:
    """Write or check; give the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail where it differs")
    check = parser.parse_args().check
    wanted, status = address(), 0
    for file in files():
        text = file.read_text(encoding="utf-8")
        new = ADDRESS.sub(wanted, SHORT.sub("/".join(wanted.split("/")[-2:]), text))
        if new != text and check:
            print(f"error: {file.relative_to(ROOT)} has another repository than Cargo.toml", file=sys.stderr)
            status = 1
        elif new != text:
            file.write_text(new, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
