"""``recompile``: a code object that does the same, and has a source file."""

from __future__ import annotations
import __future__

import ast
import os
import sys
import types
from typing import Any

from lancehead import _native
from lancehead._native import RecompilationError
from lancehead._objects import Target, target_of

_CO_NESTED = 0x10
_CO_METHOD = 0x8000000
_CLASS_CELL = "__class__"
_CLASS_NAMESPACE = "__classdict__"
#: All bits of ``co_flags`` that ``from __future__ import`` sets, and that ``compile`` takes.
_FUTURE = 0
for _name in __future__.all_feature_names:
    _FUTURE |= getattr(__future__, _name).compiler_flag
_FUTURE &= ~_CO_NESTED


def recompile(obj: object, *, filename: str | os.PathLike[str], layout: str = "pretty") -> types.CodeType:
    """Write the source of ``obj`` to ``filename``, and give code compiled from it that does the same.

    ``obj`` is a code object, or anything that `decompile` finds one in. What is returned has the arguments, the free
    and cell variables in their order, the flags, the names and the constants of the original, and the line numbers of
    the file, so that a debugger shows and steps through it.

    Raises `RecompilationError` if it is not proven to do what the original does; the file is there all the same, for
    whoever wants to know why.
    """
    target = target_of(obj)
    filename = os.fspath(filename)
    answer = _native.decompile_live(target.code, target.name, None, None, layout, False, False)
    try:
        return _recompiled(target, answer, filename)
    except RecompilationError:
        # The check takes time, and may find a form that does the same where the first one does not.
        checked = _native.decompile_live(target.code, target.name, None, None, layout, True, False)
        if any(fate not in ("proven", "emulated") for _path, _line, fate, *_ in checked[1]):
            raise
        return _recompiled(target, checked, filename)


def _recompiled(target: Target, answer: tuple[Any, ...], filename: str) -> types.CodeType:
    code = target.code
    source, reports, placeholders = answer[0], answer[1], answer[4]
    with open(filename, "w", encoding="utf-8", newline="\n") as file:
        file.write(source)
    for path, _line, fate, detail, _offset, _at in reports:
        if fate == "not_recovered":
            raise RecompilationError(f"{path}: {detail}")
    try:
        tree = ast.parse(source, filename)
        compiled = _compile_alone(tree, code, target.name, filename)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise RecompilationError(f"{code.co_name}: the source that was recovered does not compile: {error}") from error
    return _native.adopt(code, compiled, placeholders)


def _compile_alone(tree: ast.Module, code: types.CodeType, name: str | None, filename: str) -> types.CodeType:
    flags = code.co_flags & _FUTURE
    if name is None:
        return compile(tree, filename, "exec", flags=flags, dont_inherit=True, optimize=0)
    body = tree.body
    tree.body, path = _surrounded(body, code)
    expected = code.co_name if code.co_name.startswith("<") and code.co_name != "<module>" else name
    compiled = _find(compile(tree, filename, "exec", flags=flags, dont_inherit=True, optimize=0), path, code, expected)
    cells = [variable for variable in code.co_cellvars if variable not in compiled.co_cellvars]
    variables = [variable for variable in code.co_varnames if variable not in compiled.co_varnames]
    if (cells or variables) and isinstance(body[-1], (ast.FunctionDef, ast.AsyncFunctionDef)):
        body[-1].body.extend(_mention(cells, variables))
        ast.fix_missing_locations(tree)
        module = compile(tree, filename, "exec", flags=flags, dont_inherit=True, optimize=0)
        compiled = _find(module, path, code, expected)
    return compiled


def _surrounded(body: list[ast.stmt], code: types.CodeType) -> tuple[list[ast.stmt], list[str]]:
    """``body`` within what a compiler has to see around ``code``, and the names of that."""
    path: list[str] = []
    nested = bool(code.co_flags & _CO_NESTED)
    free = list(code.co_freevars)
    if code.co_flags & _CO_METHOD or _CLASS_NAMESPACE in free or (_CLASS_CELL in free and not nested):
        free = [name for name in free if name not in (_CLASS_CELL, _CLASS_NAMESPACE)]
        around = ast.parse("class _: pass").body
        around[0].body = body  # type: ignore[attr-defined]
        body, path = around, ["_"]
    if free or nested:
        around = ast.parse("def _outer(): pass").body
        assignments = [ast.parse(f"{name} = None").body[0] for name in free]
        around[0].body = assignments + body  # type: ignore[attr-defined]
        body, path = around, ["_outer", *path]
    imported, mentions_super = _native.module_around(code)
    first = [f"import {name}" for name in imported] + ["super"] * mentions_super
    return ast.parse("\n".join(first)).body + body, path


def _mention(cells: list[str], variables: list[str]) -> list[ast.stmt]:
    """Statements that are never run, and make variables of these names."""
    lines = [f"{name} = None" for name in {*cells, *variables}] + [f"lambda: {name}" for name in cells]
    if sys.version_info < (3, 10):
        # What stands in `if False` makes no variables there.
        return ast.parse("\n".join(["return", *lines])).body
    return ast.parse("\n    ".join(["if False:", *lines])).body


def _find(module: types.CodeType, path: list[str], code: types.CodeType, name: str) -> types.CodeType:
    found = module
    for part in [*path, name]:
        inner = [const for const in found.co_consts if isinstance(const, types.CodeType) and const.co_name == part]
        if not inner:
            raise RecompilationError(f"{code.co_name}: the source that was recovered does not define it")
        found = inner[-1]
    return found
