"""``depyf.explain``: what was compiled for a code object."""

from __future__ import annotations

import types
from typing import Any

from lancehead.depyf.explain.global_variables import data
from lancehead.depyf.explain.utils import DynamoOptimizationResult

__all__ = ["DynamoOptimizationResult", "dump_src"]


def _extract_artifacts(original_code: types.CodeType, module: dict[str, Any]) -> DynamoOptimizationResult:
    return DynamoOptimizationResult(original_code, None, module)


def dump_src(original_code: types.CodeType, module: dict[str, Any]) -> str:
    """Give all that was compiled for ``original_code`` as source; ``module`` is the globals of the function.

    Raises `RuntimeError` outside of `depyf.prepare_debug`.
    """
    if not data["is_inside_prepare_debug"]:
        raise RuntimeError("dump_src is for use within prepare_debug; lancehead.torch.explain has no such bounds")
    return _extract_artifacts(original_code, module).to_src()
