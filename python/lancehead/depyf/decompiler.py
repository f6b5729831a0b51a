"""``depyf.decompiler``: source of one code object."""

from __future__ import annotations

import dis
import types
from typing import Any

from lancehead import _native
from lancehead._decompile import decompile as _decompile
from lancehead._native import DecompilationError, RecompilationError
from lancehead._objects import target_of
from lancehead._recompile import recompiled
from lancehead.depyf.explain.utils import write_code_to_file_template

__all__ = ["DecompilationError", "Decompiler", "decompile"]


def decompile(code: object) -> str:
    """Give the source of a code object or of a callable."""
    return _decompile(code)


class Decompiler:
    """The source of one code object."""

    def __init__(self, code: object) -> None:
        self.code: types.CodeType = target_of(code).code

    def decompile(self, indentation: int = 4, temp_prefix: str = "__temp_", overwite_fn_name: str | None = None) -> str:
        """Give the source, of a function of that name if there is one.

        How depyf would indent it, or call its variables, is taken and has no effect.
        """
        if overwite_fn_name is None:
            return _decompile(self.code)
        return _native.decompile_live(self.code, overwite_fn_name, None, None, "pretty", True, False)[0]

    @staticmethod
    def supported_opnames() -> list[str]:
        """The names of all instructions of this Python."""
        return sorted(dis.opmap)

    @staticmethod
    def decompile_and_compile_like(
        code_to_decompile: types.CodeType,
        reference_code: types.CodeType,
        indentation: int = 4,
        temp_prefix: str = "__temp_",
        filepath_template: str | None = None,
    ) -> types.CodeType:
        """Give code compiled from the source of ``code_to_decompile``, which is written to the file of that name.

        ``filepath_template`` may have a ``%s`` in it for a number: that of a file with this source, or of a new one.
        Raises `DecompilationError` if it is not proven to do the same.
        """
        name = target_of(code_to_decompile).name
        source, found = recompiled(code_to_decompile, name, filepath_template or f"{reference_code.co_name}.py", form=1)
        if filepath_template is not None:
            path = write_code_to_file_template(source, filepath_template)
            if path != filepath_template and not isinstance(found, RecompilationError):
                source, found = recompiled(code_to_decompile, name, path, form=1)
        if isinstance(found, RecompilationError):
            raise DecompilationError(str(found)) from found
        return found

    def __hash__(self) -> int:
        return hash(self.code)

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Decompiler) and self.code == other.code
