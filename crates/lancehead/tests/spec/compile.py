"""Compile the examples on standard input: JSON rows of source, optimisation level, and whether it is a program that
leaves a code object in `code`. Prints marshal data of each as hexadecimal digits, or null where it does not compile.
"""

from __future__ import annotations

import json
import marshal
import sys
import warnings
from types import CodeType

warnings.simplefilter("ignore")


def compiled(source: str, optimise: int, is_program: bool) -> CodeType | None:
    """The code object of an example, or None if it is no Python of this version."""
    try:
        code = compile(source, "spec.py", "exec", dont_inherit=True, optimize=optimise)
    except SyntaxError:
        return None
    if is_program:
        names: dict = {"__name__": "spec"}
        exec(code, names)
        code = names["code"]
    return code


rows = []
for row in json.load(sys.stdin):
    result = compiled(*row)
    rows.append(None if result is None else marshal.dumps(result).hex())
json.dump(rows, sys.stdout)
