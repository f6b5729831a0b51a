"""``depyf.optimization``: calling a compilation without a look at its guards."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

from lancehead.torch import Dispatcher

__all__ = ["TorchCompileWrapperWithCustomDispatcher"]


class TorchCompileWrapperWithCustomDispatcher(Dispatcher):
    """`lancehead.torch.Dispatcher`, made as depyf's is."""

    def __init__(self, compiled_callable: Callable[..., Any], use_custom_dispatcher: bool = True) -> None:
        super().__init__(compiled_callable)
        self.use_custom_dispatcher = use_custom_dispatcher

    def bytecode_hook(self, old_code: types.CodeType, new_code: types.CodeType) -> None:
        """Take note of a compilation of ``forward``; subclasses may do more."""
        super()._compiled(old_code, new_code)

    def _compiled(self, old: types.CodeType, new: types.CodeType) -> None:
        self.bytecode_hook(old, new)
