"""What differs between versions of PyTorch, found out by looking for it, never by a version number."""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
import types
from typing import Any

#: So many frames lie between a hook and the function of Dynamo that knows the frame, at most.
_FRAMES = 60

#: What Dynamo must leave alone, and does not know: what is called where it stops, or looks on, is not the program's.
_BYSTANDERS = ("lancehead", "debugpy", "pydevd", "_pydevd_bundle", "_pydev_bundle", "_pydevd_frame_eval")
_skipped: set[str] = set()


def skip_bystanders() -> None:
    """Let Dynamo compile no function of ours, nor of a debugger that is loaded."""

    rules = [sys.modules.get(f"torch._dynamo.{name}") for name in ("trace_rules", "skipfiles")]
    add = next((found for found in (getattr(module, "add", None) for module in rules) if found), None)
    for name in _BYSTANDERS:
        if add is not None and name in sys.modules and name not in _skipped:
            _skipped.add(name)
            # A module may have no specification.
            with contextlib.suppress(ValueError, ImportError):
                add(name)


def cache_entries(code: types.CodeType) -> list[Any]:
    """What Dynamo has compiled for ``code``, in the order in which guards are tried."""
    from torch._dynamo import eval_frame

    entries = eval_frame._debug_get_cache_entry_list(code)
    # Up to 2.3 it is a linked list.
    found: list[Any] = []
    for entry in entries if isinstance(entries, (list, tuple)) else [entries]:
        while entry is not None and entry not in found:
            found.append(entry)
            entry = getattr(entry, "next", None)
    return found


def guard_parts(entry: Any) -> list[str]:
    """The guards of a cache entry: expressions, with where they come from as a comment."""
    manager = _manager(entry)
    parts = getattr(manager, "verbose_code_parts", None) or getattr(manager, "code_parts", None) or []
    return [str(part) for part in parts]


def guard_tree(entry: Any) -> str:
    """The guards of a cache entry as PyTorch draws them; empty where it does not."""
    text = str(_manager(entry))
    return text.strip() if "GUARD" in text else ""


def _manager(entry: Any) -> Any:
    return getattr(entry, "guard_manager", None) or getattr(entry, "check_fn", None)


@functools.cache
def _compile_context() -> Any:
    from torch._guards import CompileContext

    return CompileContext


def compile_id() -> Any:
    """The number of the compilation under way: as text, it is what PyTorch's logs show, ``"0/0"``; None if unknown."""
    try:
        return _compile_context().current_compile_id()
    except (AssertionError, AttributeError):
        return None


def trace_logger() -> logging.Logger | None:
    """The logger that is told of every graph, where there is one."""
    from torch._logging import _internal

    return getattr(_internal, "trace_log", None)


@functools.cache
def graph_breaks() -> list[Any]:
    """Why Dynamo has broken graphs so far: always the same list."""
    from torch._dynamo import utils

    return getattr(utils, "graph_break_reasons", [])


def innermost(function: Any) -> Any:
    """The function that a compiled one was made of, or that a module runs."""
    from torch._dynamo.eval_frame import innermost_fn
    from torch.nn import Module

    module = getattr(function, "_orig_mod", function)
    if isinstance(module, Module):
        return module.forward
    return innermost_fn(function)


def frame_under_way() -> Any:
    """The frame that Dynamo compiles at this moment; None if it is not found."""
    frame: types.FrameType | None = sys._getframe(1)
    for _ in range(_FRAMES):
        if frame is None:
            break
        code = frame.f_code
        # The variables of a frame are many, and looking at them copies them.
        if "frame" in code.co_varnames and code.co_filename.endswith("convert_frame.py"):
            found = frame.f_locals.get("frame")
            if hasattr(found, "f_globals"):
                return found
        frame = frame.f_back
    return None
