#!/usr/bin/env python3
"""Keep what is written about the command true: its pages, and the sessions in README.md and the docs.

    scripts/docs.py [--command PATH]            fail where a page or a session is not what the command prints
    scripts/docs.py --write [--command PATH]    write the pages of docs/commands anew

A page of docs/commands is what `lancehead help COMMAND` says. A session is a block of the language `console`: its lines
that start with `$ lancehead` (or `$ cargo run … --`) are run in the root of the repository, and what they print on both
streams has to be what follows, where a line `…` stands for any number of lines. `{tmp}` is a folder of the page's own.
Commands of other programs are shown, and not run.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "commands"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ITSELF = re.compile(r"^(?:cargo run (?:\S+ )*?-- |lancehead )")


def run(command: Path, words: list[str]) -> str:
    """Give what `command` prints on both streams, in a terminal of 100 columns."""
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run([command, *words], cwd=ROOT, env=environment, **streams)
    text = done.stdout.decode("utf-8")
    return "".join(line.rstrip() + "\n" for line in text.splitlines())


def commands(command: Path) -> list[tuple[str, str]]:
    """Give the commands and what each is for, in the order of the help."""
    listed = run(command, ["--help"]).partition("\nCommands:\n")[2].partition("\n\n")[0]
    rows = [line.split(None, 1) for line in listed.splitlines()]
    return [(name, what) for name, what in rows if name != "help"]


def pages(command: Path) -> dict[Path, str]:
    """Give all pages that are generated."""
    overview = run(command, ["--help"])
    texts = {PAGES / "index.md": f"# The command\n\n```text\n{overview}```\n"}
    for name, what in commands(command):
        help_text = run(command, ["help", name])
        texts[PAGES / f"{name}.md"] = f"# lancehead {name}\n\n{what}.\n\n```text\n{help_text}```\n"
    return texts


def pattern(expected: str) -> re.Pattern[str]:
    """Give what matches `expected`, whose lines `…` stand for any lines."""
    parts = [r"(?:.*\n)*?" if line.strip() == "…" else re.escape(line) + r"\n" for line in expected.splitlines()]
    return re.compile("".join(parts))


def sessions(text: str) -> list[tuple[str, str]]:
    """Give the commands in `text` that are Lancehead's own, each with what it should print."""
    found = []
    for block in BLOCK.findall(text):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, expected = step.partition("\n")
            if ITSELF.match(line):
                found.append((line, expected))
    return found


def check_sessions(command: Path, page: Path) -> int:
    """Run the sessions of `page`; give how many print something else."""
    wrong = 0
    with tempfile.TemporaryDirectory() as tmp:
        for line, expected in sessions(page.read_text(encoding="utf-8")):
            words = shlex.split(ITSELF.sub("", line).replace("{tmp}", tmp), comments=True)
            printed = re.sub(r"\bin \d+\.\d\d s", "in 0.00 s", run(command, words).replace(tmp, "{tmp}"))
            if not pattern(expected).fullmatch(printed):
                print(f"error: {page.relative_to(ROOT)}: {line} prints\n{printed}", file=sys.stderr)
                wrong += 1
    return wrong


def main() -> int:
    """Write or check; give the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--command", type=Path, default=ROOT / "target" / "debug" / "lancehead", metavar="PATH")
    parser.add_argument("--write", action="store_true", help="write the pages of docs/commands")
    options = parser.parse_args()
    wrong, count = 0, 0
    for path, text in pages(options.command).items():
        if options.write:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"error: {path.relative_to(ROOT)} is not what the command says", file=sys.stderr)
            wrong += 1
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        count += len(sessions(page.read_text(encoding="utf-8")))
        wrong += check_sessions(options.command, page)
    print(f"docs: {count} commands run, {wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
