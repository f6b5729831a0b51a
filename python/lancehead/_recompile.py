"""``recompile``: a code object that does the same, and has a source file."""

from __future__ import annotations
import __future__

import ast
import io
import os
import sys
import tokenize
import types

from lancehead import _native
from lancehead._files import write_file
from lancehead._native import RecompilationError
from lancehead._objects import target_of

_CO_NESTED = 0x10
_CO_METHOD = 0x8000000
#: So many forms of source there are, from what compiles to the bytecode again to what parts from it most.
_FORMS = 3
_NOT_COMPILED = (SyntaxError, ValueError, RecursionError, MemoryError)
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
    target, filename = target_of(obj), os.fspath(filename)
    source, compiled = recompiled(target.code, target.name, filename, layout)
    write_file(filename, source.encode("utf-8"))
    if isinstance(compiled, RecompilationError):
        raise compiled
    return compiled


def recompiled(
    code: types.CodeType, name: str | None, filename: str, layout: str = "pretty", form: int = 0
) -> tuple[str, types.CodeType | RecompilationError]:
    """Source for ``code``, and what it compiles to, or why that cannot stand for ``code``; nothing is written.

    What was compiled is compared with the original in any case. To prove the source before costs more than to try. The
    form of that number is tried first: 0 for what a compiler made, 1 for what none did.
    """
    recompiler = _native.Recompiler(code, name)
    # The proof finds out which form each of several functions needs; for one, it costs more than to try.
    has_inner = any(isinstance(const, types.CodeType) for const in code.co_consts)
    tried = set()
    for number in range(form, form + 1 if has_inner else _FORMS):
        source, missing = recompiler.source(layout, number, False)
        if missing is not None:
            break
        if source not in tried:
            tried.add(source)
            try:
                source, compiled = _compile(source, recompiler, code, name, filename)
                return source, recompiler.adopt(compiled)
            except (RecompilationError, *_NOT_COMPILED):
                pass
    source, missing = recompiler.source(layout, 0, True)
    if missing is not None:
        return source, RecompilationError(missing)
    try:
        source, compiled = _compile(source, recompiler, code, name, filename)
        return source, recompiler.adopt(compiled)
    except RecompilationError as error:
        return source, error
    except _NOT_COMPILED as error:
        text = f"{code.co_name}: the source that was recovered does not compile: {error}"
        return source, RecompilationError(text)


def _compile(
    source: str, recompiler: _native.Recompiler, code: types.CodeType, name: str | None, filename: str
) -> tuple[str, types.CodeType]:
    """Give ``source``, changed where it is no Python as a file of its own, and what it compiles to."""
    if not (code.co_freevars or code.co_flags & _CO_METHOD):
        # Nothing has to stand around it. Making trees takes more time than compiling.
        compiled = _compile_text(source, recompiler, code, name, filename)
        if compiled is not None:
            return source, compiled
    source, around = _valid_alone(source, code.co_freevars)
    tree = ast.parse(source, filename)
    if around:
        tree.body = tree.body[0].body[around:]  # type: ignore[attr-defined]
    return source, _compile_alone(tree, recompiler, code, name, filename)


def _compile_text(
    source: str, recompiler: _native.Recompiler, code: types.CodeType, name: str | None, filename: str
) -> types.CodeType | None:
    """What ``source`` compiles to as it stands; None if variables of ``code`` are missing in that."""
    flags = code.co_flags & _FUTURE
    if name is None:
        return compile(source, filename, "exec", flags=flags, dont_inherit=True, optimize=0)
    # What the module imports may stand behind as well: so lines stay.
    text = "\n".join([source, *_module_around(recompiler)])
    module = compile(text, filename, "exec", flags=flags, dont_inherit=True, optimize=0)
    compiled = _find(module, [], code, _defined_name(code, name))
    return None if any(_missing(compiled, code)) else compiled


def _valid_alone(source: str, free: tuple[str, ...]) -> tuple[str, int]:
    """``source`` as a file of its own, and how many statements of a function stand before it.

    What declares a variable of an enclosing function is no Python without such a function.
    """
    if "nonlocal " not in source:
        return source, 0
    try:
        compile(source, "<source>", "exec", dont_inherit=True)
    except SyntaxError:
        pass
    else:
        return source, 0
    try:
        within = _indented(source)
    except (SyntaxError, tokenize.TokenError):
        return source, 0
    variables = "".join(f"    {name} = None\n" for name in free)
    return f"def _outer():\n{variables}{within}", len(free)


def _indented(source: str) -> str:
    """``source`` further to the right, but for the lines that begin within a string."""
    inside: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.STRING or tokenize.tok_name[token.type] in ("FSTRING_MIDDLE", "TSTRING_MIDDLE"):
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    lines = source.splitlines(keepends=True)
    return "".join(line if at in inside or not line.strip() else f"    {line}" for at, line in enumerate(lines, 1))


def _compile_alone(
    tree: ast.Module, recompiler: _native.Recompiler, code: types.CodeType, name: str | None, filename: str
) -> types.CodeType:
    flags = code.co_flags & _FUTURE
    if name is None:
        return compile(tree, filename, "exec", flags=flags, dont_inherit=True, optimize=0)
    body = tree.body
    tree.body, path = _surrounded(body, code)
    tree.body[:0] = ast.parse("\n".join(_module_around(recompiler))).body
    expected = _defined_name(code, name)
    compiled = _find(compile(tree, filename, "exec", flags=flags, dont_inherit=True, optimize=0), path, code, expected)
    cells, variables = _missing(compiled, code)
    if (cells or variables) and isinstance(body[-1], (ast.FunctionDef, ast.AsyncFunctionDef)):
        body[-1].body.extend(_mention(cells, variables))
        ast.fix_missing_locations(tree)
        module = compile(tree, filename, "exec", flags=flags, dont_inherit=True, optimize=0)
        compiled = _find(module, path, code, expected)
    return compiled


def _defined_name(code: types.CodeType, name: str) -> str:
    return code.co_name if code.co_name.startswith("<") and code.co_name != "<module>" else name


def _missing(compiled: types.CodeType, code: types.CodeType) -> tuple[list[str], list[str]]:
    """The cell variables and the other variables of ``code`` that ``compiled`` does not have."""
    cells = [variable for variable in code.co_cellvars if variable not in compiled.co_cellvars]
    known = {*compiled.co_varnames, *code.co_freevars}
    return cells, [variable for variable in code.co_varnames if variable not in known]


def _module_around(recompiler: _native.Recompiler) -> list[str]:
    """Statements of the module around: the compiler looks at what is imported there."""
    imported, mentions_super = recompiler.module_around()
    return [*(f"import {name}" for name in imported), *(["super"] if mentions_super else [])]


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
    return body, path


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
