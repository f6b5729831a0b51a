"""``depyf.explain.global_variables``: where `prepare_debug` writes, and whether it is under way."""

from __future__ import annotations

from typing import Any

from lancehead.depyf import _state

#: One for all names under which this module is imported.
data: dict[str, Any] = _state.data
