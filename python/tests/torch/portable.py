"""Code objects of Dynamo, as marshal can hold them."""

from __future__ import annotations

import marshal
import types
from typing import Any


def portable(code: types.CodeType) -> types.CodeType:
    """``code`` with the name of its type, as text, for each constant that marshal cannot hold."""
    consts: list[Any] = []
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            const = portable(const)
        try:
            marshal.dumps(const)
        except ValueError:
            const = f"foreign {type(const).__name__}"
        consts.append(const)
    return code.replace(co_consts=tuple(consts))
