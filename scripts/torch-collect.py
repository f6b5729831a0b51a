#!/usr/bin/env python3
"""Write every code object that Dynamo makes of ``python/tests/torch/programs`` to a folder, by marshal.

scripts/torch-collect.py FOLDER [BEGINNING]    (run by a Python that has PyTorch; programs whose names begin so)

Constants that marshal cannot hold are replaced by their type's name as text.
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


def main() -> None:
    import programs
    import torch
    from portable import portable
    from torch._dynamo.convert_frame import register_bytecode_hook

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    made: list[types.CodeType] = []
    register_bytecode_hook(lambda _, new: made.append(new))
    total = 0
    for name in [*programs.FUNCTIONS, *programs.MODELS]:
        if not name.startswith("".join(sys.argv[2:3])):
            continue
        torch._dynamo.reset()
        made.clear()
        program, inputs = programs.make(name)
        compiled = torch.compile(program, backend="eager")
        with contextlib.redirect_stdout(io.StringIO()):
            for given in inputs:
                # Some programs raise on purpose.
                with contextlib.suppress(Exception):
                    compiled(given)
        for number, code in enumerate(made):
            (folder / f"{name}.{number}.bin").write_bytes(marshal.dumps(portable(code)))
        total += len(made)
    print(f"{total} code objects in {folder}")


if __name__ == "__main__":
    main()
