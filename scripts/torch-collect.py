#!/usr/bin/env python3
"""Write every code object that Dynamo makes of the cases in ``python/tests/torch`` to a folder, by marshal.

scripts/torch-collect.py FOLDER    (run by a Python that has PyTorch)

Constants that marshal cannot hold are replaced by their type's name as a string.
"""

from __future__ import annotations

import contextlib
import io
import marshal
import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "python/tests/torch"))

INPUTS = ([1.0, 2.0, 3.0, 4.0], [-1.0, -2.0, -3.0, -4.0])


def portable(code: types.CodeType) -> types.CodeType:
    """``code`` with constants that marshal can hold."""
    consts = []
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            const = portable(const)
        try:
            marshal.dumps(const)
        except ValueError:
            const = f"foreign {type(const).__name__}"
        consts.append(const)
    return code.replace(co_consts=tuple(consts))


def main() -> None:
    import cases
    import torch
    from torch._dynamo.convert_frame import register_bytecode_hook

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    made: list[types.CodeType] = []
    register_bytecode_hook(lambda _, new: made.append(new))
    total = 0
    for function in cases.CASES:
        torch._dynamo.reset()
        made.clear()
        compiled = torch.compile(function, backend="eager")
        with contextlib.redirect_stdout(io.StringIO()):
            for values in INPUTS:
                with contextlib.suppress(RuntimeError):
                    compiled(torch.tensor(values))
        for number, code in enumerate(made):
            (folder / f"{function.__name__}.{number}.bin").write_bytes(marshal.dumps(portable(code)))
        total += len(made)
    print(f"{total} code objects in {folder}")


if __name__ == "__main__":
    main()
