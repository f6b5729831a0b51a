"""The part of depyf's interface that vLLM uses, under depyf's names.

``sys.modules["depyf"] = lancehead.depyf`` lets a program that imports depyf use this instead. Here are ``decompile``,
``prepare_debug``, ``install`` and ``uninstall``; what else depyf has is missing, and raises `AttributeError`.
"""

from __future__ import annotations

import contextlib

from lancehead._decompile import decompile as _decompile
from lancehead.torch import install, uninstall
from lancehead.torch import prepare_debug as _prepare_debug

__all__ = ["decompile", "install", "prepare_debug", "uninstall"]


def decompile(code_or_callable: object) -> str:
    """Give the source of a code object or of a callable."""
    return _decompile(code_or_callable)


def prepare_debug(
    dump_src_dir: str, clean_wild_fx_code: bool = True, log_bytecode: bool = False
) -> contextlib.AbstractContextManager[None]:
    """Enter `lancehead.torch.prepare_debug` on ``dump_src_dir``; the two flags are taken and have no effect."""
    return _prepare_debug(dump_src_dir)
