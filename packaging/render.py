#!/usr/bin/env python3
"""Fill version, repository and checksums into the recipes for package managers.

    packaging/render.py --out FOLDER [--checksums SHA256SUMS]

Version and repository are those of [workspace.package]. A checksum is taken from SHA256SUMS, as sha256sum writes it;
without that file its place is filled with zeros, which shows that the recipe is well formed and not more.
"""

import argparse
import pathlib
import re
import sys

PACKAGING = pathlib.Path(__file__).resolve().parent
TEMPLATES = ["homebrew/lancehead.rb", "conda/recipe.yaml"]


def workspace(key: str) -> str:
    """Give a text of [workspace.package] in Cargo.toml."""
    text = (PACKAGING.parent / "Cargo.toml").read_text(encoding="utf-8")
    package = text.partition("[workspace.package]")[2].partition("\n[")[0]
    found = re.search(rf'^{key} = "(.*)"$', package, re.MULTILINE)
    if found is None:
        sys.exit(f"error: Cargo.toml: [workspace.package] has no {key}")
    return found[1]


def checksums(path: pathlib.Path) -> dict[str, str]:
    """Give the checksum of each file that `path` lists."""
    lines = path.read_text(encoding="utf-8").splitlines()
    # Between the two is a space, or a star for a file read as binary.
    return {name[1:]: digest for digest, _, name in (line.partition(" ") for line in lines)}


def render(text: str, sums: dict[str, str] | None) -> str:
    """Fill `text`; a checksum that `sums` lacks is an error, without `sums` it is zeros."""
    text = text.replace("@version@", workspace("version")).replace("@repository@", workspace("repository"))

    def digest(match: re.Match[str]) -> str:
        if sums is None:
            return "0" * 64
        if match[1] not in sums:
            sys.exit(f"error: there is no checksum of {match[1]}")
        return sums[match[1]]

    return re.sub(r"@sha256:([^@\n]+)@", digest, text)


def main() -> int:
    """Write all recipes; give the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="FOLDER")
    parser.add_argument("--checksums", type=pathlib.Path, metavar="SHA256SUMS")
    options = parser.parse_args()
    sums = None if options.checksums is None else checksums(options.checksums)
    for name in TEMPLATES:
        target = options.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(render((PACKAGING / name).read_text(encoding="utf-8"), sums), encoding="utf-8")
        print(target)
    return 0


if __name__ == "__main__":
    sys.exit(main())
