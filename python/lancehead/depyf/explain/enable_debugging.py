"""``depyf.explain.enable_debugging``: source in place of what Dynamo makes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from lancehead.depyf._state import data
from lancehead.torch import debug as _debug
from lancehead.torch import prepare_debug as _prepare_debug

__all__ = ["debug", "enable_bytecode_hook", "patch", "patched_load_by_key_path", "prepare_debug"]


@contextlib.contextmanager
def prepare_debug(dump_src_dir: str, clean_wild_fx_code: bool = True, log_bytecode: bool = False) -> Iterator[None]:
    """Enter `lancehead.torch.prepare_debug` on ``dump_src_dir``; the two flags are taken and have no effect."""
    before = data["is_inside_prepare_debug"]
    with _prepare_debug(dump_src_dir):
        data.update(dump_src_dir=dump_src_dir, is_inside_prepare_debug=True)
        try:
            yield
        finally:
            data["is_inside_prepare_debug"] = before


@contextlib.contextmanager
def debug() -> Iterator[None]:
    """Stop for breakpoints to be set in the files of `prepare_debug`, and run what was compiled.

    Raises `RuntimeError` within `prepare_debug`.
    """
    with _debug():
        print(f"Set breakpoints in files of {data['dump_src_dir']}, then continue: index.html there shows them all.")
        breakpoint()
        yield


@contextlib.contextmanager
def enable_bytecode_hook(hook: Callable[..., Any]) -> Iterator[None]:
    """Let Dynamo ask ``hook`` within the ``with``."""
    from torch._dynamo.convert_frame import register_bytecode_hook

    handle = register_bytecode_hook(hook)
    try:
        yield
    finally:
        handle.remove()


@contextlib.contextmanager
def patch(parent: Any, name: str, value: Any) -> Iterator[None]:
    """Let the attribute ``name`` of ``parent`` be ``value`` within the ``with``."""
    before = getattr(parent, name)
    setattr(parent, name, value)
    try:
        yield
    finally:
        setattr(parent, name, before)


def patched_load_by_key_path(*args: Any, **kwargs: Any) -> Any:
    """Load what Inductor wrote, by PyTorch's own function: nothing of that is replaced here.

    Who asks whether this takes all that PyTorch passes, as vLLM does, finds that it does.
    """
    from torch._inductor.codecache import PyCodeCache

    return PyCodeCache.load_by_key_path(*args, **kwargs)
