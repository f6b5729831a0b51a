"""``depyf.code_transform``: source made fit to be compiled into the place of other code."""

from __future__ import annotations

import sys
import types

_OUTER = "__helper_outer_function"


def add_indentation(code: str, indentation: int = 4) -> str:
    """Move the lines of ``code`` to the right."""
    return "".join(f"{' ' * indentation}{line}\n" for line in code.splitlines())


def remove_indentation(code: str, indentation: int = 4) -> str:
    """Move the lines of ``code`` to the left."""
    return "".join(f"{line[indentation:]}\n" for line in code.splitlines())


def remove_some_temp(source_code: str, temp_prefix: str = "__temp_", indentation: int = 4) -> str:
    """Give ``source_code`` as it is: there are no variables in it that are not needed."""
    return source_code


def fix_irregular_code(
    old_bytecode: types.CodeType,
    src_code: str,
    add_local_variables: list[str] | None = None,
    add_cellvars: list[str] | None = None,
) -> str:
    """Give ``src_code`` so that its function compiles to code with the variables of ``old_bytecode``.

    Free variables become those of a function around it; what is not mentioned in it is, where it is never run.
    """
    name = src_code.partition("(")[0].split()[-1]
    source, compiled = _within(old_bytecode, src_code, name)
    missing = [*(add_local_variables or []), *sorted({*old_bytecode.co_varnames} - {*compiled.co_varnames})]
    cells = [*(add_cellvars or []), *sorted({*old_bytecode.co_cellvars} - {*compiled.co_cellvars})]
    if not (missing or cells):
        return source
    mentioned = [f"{variable} = None" for variable in dict.fromkeys(missing + cells)]
    mentioned += [f"lambda: {variable}" for variable in dict.fromkeys(cells)]
    # Up to 3.9, what stands in `if False` makes no variables, and what stands behind `return` does.
    lines = "\n".join(mentioned)
    body = add_indentation(
        f"if False:\n{add_indentation(lines)}" if sys.version_info >= (3, 10) else f"return\n{lines}"
    )
    return _within(old_bytecode, f"{src_code.rstrip()}\n{body}", name)[0]


def _within(old: types.CodeType, source: str, name: str) -> tuple[str, types.CodeType]:
    """``source`` within a function that has the free variables of ``old``, and the code of the function ``name``."""
    if old.co_freevars:
        variables = "".join(f"    {variable} = None\n" for variable in old.co_freevars)
        source = f"def {_OUTER}():\n{variables}{add_indentation(source)}"
    found = compile(source, "<source>", "exec", dont_inherit=True)
    for part in [_OUTER, name] if old.co_freevars else [name]:
        inner = [const for const in found.co_consts if isinstance(const, types.CodeType) and const.co_name == part]
        if not inner:
            raise ValueError(f"the source does not define {name}")
        found = inner[-1]
    return source, found
