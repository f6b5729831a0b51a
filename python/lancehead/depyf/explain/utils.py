"""``depyf.explain.utils``: what was compiled, and files for it."""

from __future__ import annotations

import contextlib
import os
import re
import types
from collections.abc import Iterator
from typing import Any

from lancehead.torch import _explain, _folder


class CacheResult:
    """One compilation of a code object."""

    def __init__(self, original_code: types.CodeType, entry: _explain.Entry) -> None:
        self.original_code = original_code
        self.transformed_code = entry.code
        self.guard = list(entry.guards)
        self.source = entry.source
        self.compiled_subgraphs = list(entry.graphs)
        self.referenced_global_functions = {
            resume.name: DynamoOptimizationResult._of(resume) for resume in entry.resumes
        }

    def to_data(self) -> dict[str, Any]:
        """Give it as depyf does: guards, source, graphs and what it goes on with."""
        return {
            "guard": self.guard,
            "transformed_code": self.source,
            "compiled_subgraph": "\n".join(self.compiled_subgraphs) or '"No compiled subgraph."',
            "referenced_global_functions": {
                name: result.to_data() for name, result in self.referenced_global_functions.items()
            },
        }


class DynamoOptimizationResult:
    """All compilations of a code object; ``module`` is the globals of its function."""

    def __init__(
        self, original_code: types.CodeType, function_name: str | None = None, module: dict[str, Any] | None = None
    ) -> None:
        self._fill(_explain.explained(original_code, module or {}), function_name)

    @classmethod
    def _of(cls, told: _explain.Explanation) -> DynamoOptimizationResult:
        result = cls.__new__(cls)
        result._fill(told, None)
        return result

    def _fill(self, told: _explain.Explanation, function_name: str | None) -> None:
        self.original_code = told.code
        self.function_name = function_name or told.code.co_name
        self.source = told.source
        self.transformed_code_entries = [CacheResult(told.code, entry) for entry in told.entries]

    def to_data(self) -> dict[str, Any]:
        """Give it as depyf does."""
        return {
            "function_name": self.function_name,
            "source_code": self.source,
            "transformed_code_entries": [entry.to_data() for entry in self.transformed_code_entries],
        }

    def to_src(self) -> str:
        """Give it as source: what each compilation goes on with, its guards and its code, and then the original."""
        parts: list[str] = []
        for number, entry in enumerate(self.transformed_code_entries):
            parts += [result.to_src() for result in entry.referenced_global_functions.values()]
            guards = [line for guard in entry.guard for line in guard.splitlines()]
            parts.append("".join(f"# {line}\n" for line in [f"Compilation {number} runs while:", *guards]))
            parts.append(entry.source)
        parts.append(f"# The original:\n{self.source}")
        return "\n".join(parts)


def remove_indentation(code: str) -> str:
    """Move the lines of ``code`` to the left as far as the first goes."""
    lines = code.splitlines()
    by = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    return "".join(f"{line[by:]}\n" for line in lines)


@contextlib.contextmanager
def lock_on_file(path_template: str) -> Iterator[None]:
    """Keep other processes that use this from ``path_template`` within the ``with``."""
    with _folder.locked(path_template + ".lock"):
        yield


def write_code_to_file_template(src: str, path_template: str) -> str:
    """Write ``src`` to the first file that holds it, or is not there yet, and give its path.

    ``path_template`` has a ``%s`` in it for numbers from 0 on; without one, that file is written anew.
    """
    if "%" not in path_template:
        _folder.replace(path_template, src)
        return path_template
    with lock_on_file(path_template):
        number = 0
        while True:
            path = path_template % number
            if not os.path.exists(path):
                _folder.replace(path, src)
                return path
            with open(path, encoding="utf-8", errors="replace") as file:
                if file.read() == src:
                    return path
            number += 1


def get_current_compiled_fn_name() -> str:
    """Give the name under which Dynamo compiles a graph at this moment."""
    from torch._dynamo.bytecode_transformation import _unique_id_counter

    # A counter tells what it will count next in no other way, since 3.14.
    coming = re.search(r"\d+", repr(_unique_id_counter))
    return f"__compiled_fn_{int(coming[0]) - 1 if coming else 0}"
