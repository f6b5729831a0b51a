"""``install`` and ``uninstall``: decompiled bytecode in the log of PyTorch."""

from __future__ import annotations

import logging
import types
from typing import Any

from lancehead import _native
from lancehead._objects import definition_name

_DYNAMO_LOGGER = "torch._dynamo.convert_frame"
_ARTIFACT = "bytecode"
_handle: Any = None


def install() -> None:
    """Log the source of all that Dynamo compiles from now on, where ``TORCH_LOGS=bytecode`` shows it.

    The code that runs stays that of Dynamo. Installing twice is the same as installing once.
    """
    global _handle
    if _handle is not None:
        return
    from torch._dynamo.convert_frame import register_bytecode_hook
    from torch._logging import getArtifactLogger

    logger = getArtifactLogger(_DYNAMO_LOGGER, _ARTIFACT)

    def log(old: types.CodeType, new: types.CodeType) -> None:
        # An artifact's logger is switched by its level: nothing is decompiled that nobody reads.
        if not logger.isEnabledFor(logging.DEBUG):
            return
        try:
            # Form 1: no compiler made this.
            source, _ = _native.Recompiler(new, definition_name(new.co_flags, new.co_name)).source("pretty", 1, True)
            logger.debug("DECOMPILED BYTECODE %s\n%s", old.co_name, source)
        except Exception as error:
            logger.debug("DECOMPILED BYTECODE %s: not decompiled: %s", old.co_name, error)

    _handle = register_bytecode_hook(log)


def uninstall() -> None:
    """Undo `install`."""
    global _handle
    if _handle is not None:
        _handle.remove()
        _handle = None
