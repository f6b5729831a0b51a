"""``debug``, and the dispatcher that skips guards."""

from __future__ import annotations

import contextlib
import types
import weakref
from collections.abc import Iterator
from typing import Any

from lancehead.torch import _compat


@contextlib.contextmanager
def debug() -> Iterator[None]:
    """Run what was compiled, and compile nothing new, so that a debugger sees the files of `prepare_debug`.

    Calls for which nothing was compiled run as plain Python. Raises `RuntimeError` within `prepare_debug`.
    """
    from lancehead.torch import _dump

    if _dump.is_active():
        raise RuntimeError("debug() looks at what prepare_debug() has left: leave that first")
    _compat.skip_bystanders()
    try:
        from torch.compiler import set_stance
    except ImportError:
        # Before stances, what has been compiled runs as long as its guards hold.
        yield
        return
    with set_stance("eager_on_recompile"):
        yield


class Dispatcher:
    """A base class that can call one compilation of its ``forward`` directly, without looking at guards.

    Whoever skips guards answers for what they would have checked. A subclass calls ``super().__init__()`` and defines
    ``forward``; calling it runs the compiled ``forward``. Compilations are numbered in the order in which they were
    made.
    """

    def __init__(self, compiled_callable: Any = None, **options: Any) -> None:
        import torch
        from torch._dynamo.convert_frame import register_bytecode_hook

        self.original_code_object: types.CodeType = type(self).forward.__code__
        self.compiled_codes: list[types.CodeType] = []
        self.compiled_callable = compiled_callable or torch.compile(self.forward, **options)
        hook = weakref.WeakMethod(self._compiled)

        def told(old: types.CodeType, new: types.CodeType) -> None:
            method = hook()
            if method is not None:
                method(old, new)

        # Dynamo keeps its hooks, and must not keep all that a model holds.
        weakref.finalize(self, register_bytecode_hook(told).remove)

    def _compiled(self, old: types.CodeType, new: types.CodeType) -> None:
        if old is not self.original_code_object:
            return
        given = getattr(_compat.frame_under_way(), "f_locals", {}).get(old.co_varnames[0], self)
        # Other objects of the class have the same code.
        if given is self:
            self.compiled_codes.append(new)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the compiled ``forward``."""
        return self.compiled_callable(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Look again for what runs: another hook may have put code of its own in its place.

        What other objects of the class have compiled is among it.
        """
        entries = [entry.code for entry in _compat.cache_entries(self.original_code_object)]
        self.compiled_codes = list(reversed(entries)) or self.compiled_codes

    @contextlib.contextmanager
    def dispatch_to_code(self, index: int) -> Iterator[None]:
        """Let ``forward`` be compilation ``index`` within the ``with``. Raises `IndexError` if there is none."""
        cls: Any = type(self)
        code = self.compiled_codes[index]
        cls.forward.__code__ = code
        try:
            yield
        finally:
            cls.forward.__code__ = self.original_code_object
