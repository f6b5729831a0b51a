"""Flags of code objects, and what instructions tell about them."""

from __future__ import annotations

import opcode as _opcode
from enum import IntFlag
from typing import Any

from .utils import PY311, PY312, PY313, PY314  # noqa: F401


class CompilerFlags(IntFlag):
    """`co_flags`. Bits without a name here are kept."""

    OPTIMIZED = 0x1
    NEWLOCALS = 0x2
    VARARGS = 0x4
    VARKEYWORDS = 0x8
    NESTED = 0x10
    GENERATOR = 0x20
    NOFREE = 0x40
    COROUTINE = 0x80
    ITERABLE_COROUTINE = 0x100
    ASYNC_GENERATOR = 0x200
    FUTURE_GENERATOR_STOP = 0x800000
    FUTURE_ANNOTATIONS = 0x1000000


_KINDS = (
    CompilerFlags.GENERATOR | CompilerFlags.COROUTINE | CompilerFlags.ITERABLE_COROUTINE | CompilerFlags.ASYNC_GENERATOR
)
_NAMES = _opcode.opmap.get
UNOPTIMIZED_OPCODES = tuple(n for n in map(_NAMES, ("STORE_NAME", "LOAD_NAME", "DELETE_NAME")) if n is not None)
ASYNC_OPCODES = tuple(
    n
    for n in map(
        _NAMES,
        ("GET_AWAITABLE", "GET_AITER", "GET_ANEXT", "BEFORE_ASYNC_WITH", "SETUP_ASYNC_WITH", "END_ASYNC_FOR"),
    )
    if n is not None
)
YIELD_VALUE_OPCODE = _opcode.opmap["YIELD_VALUE"]
GENERATOR_LIKE_OPCODES = tuple(n for n in map(_NAMES, ("RETURN_GENERATOR", "YIELD_FROM")) if n is not None)
RESUME_OPCODE = _opcode.opmap.get("RESUME", -1)
_NAMESPACE = {"STORE_NAME", "LOAD_NAME", "DELETE_NAME", "LOAD_FROM_DICT_OR_DEREF", "LOAD_CLASSDEREF"}
_ASYNC = {
    "GET_AWAITABLE",
    "GET_AITER",
    "GET_ANEXT",
    "BEFORE_ASYNC_WITH",
    "SETUP_ASYNC_WITH",
    "END_ASYNC_FOR",
    "ASYNC_GEN_WRAP",
}
#: The lowest bits of `RESUME` after an `await`.
_AWAIT = 3


class HasInstructions:
    """Code in one of the forms whose instructions tell about flags."""

    def _get_instructions(self) -> list[Any]:
        raise NotImplementedError


def infer_flags(bytecode: Any, is_async: bool | None = None) -> CompilerFlags:
    """The flags that the instructions of `bytecode` call for; flags that they do not tell about are kept.

    `is_async`: true demands a coroutine or asynchronous generator, false forbids them.

    Raises `ValueError` when instructions and flags contradict each other.
    """
    if not isinstance(bytecode, HasInstructions):
        raise ValueError(f"expected Bytecode, ConcreteBytecode or ControlFlowGraph, not {type(bytecode).__name__}")
    instructions = bytecode._get_instructions()
    names = {instruction.name for instruction in instructions}
    # As numbers: what has no name here is kept.
    told = int(_KINDS | CompilerFlags.OPTIMIZED | CompilerFlags.NOFREE)
    flags = CompilerFlags(int(bytecode.flags) & ~told)
    if not names & _NAMESPACE:
        flags |= CompilerFlags.OPTIMIZED
    if not bytecode.cellvars and not bytecode.freevars and not any(i.has_free() for i in instructions):
        flags |= CompilerFlags.NOFREE
    return flags | _kind(CompilerFlags(bytecode.flags) & _KINDS, instructions, names, is_async)


def _yields(instructions: list[Any]) -> tuple[bool, bool]:
    """Whether there is a plain `yield`, and whether there is one that only waits."""
    plain = waits = False
    for index, instruction in enumerate(instructions):
        if instruction.name == "YIELD_FROM":
            waits = True
        if instruction.name != "YIELD_VALUE":
            continue
        after = instructions[index + 1 :]
        resume = next((i for i in after[:8] if i.name not in ("CACHE", "NOP", "EXTENDED_ARG")), None)
        if PY311 and resume is not None and resume.name == "RESUME" and resume.arg & 3 >= 2:
            waits = True
            plain |= resume.arg & 3 == 2
        else:
            plain = True
    return plain, waits


def _kind(before: CompilerFlags, instructions: list[Any], names: set[str], is_async: bool | None) -> CompilerFlags:
    known = bool(names & _ASYNC)
    has_yield, waits = _yields(instructions)
    yields_from = waits and not has_yield
    if CompilerFlags.ITERABLE_COROUTINE in before:
        if known:
            raise ValueError("an iterable coroutine cannot hold asynchronous instructions")
        return before & ~(CompilerFlags.COROUTINE | CompilerFlags.ASYNC_GENERATOR)
    was_async = bool(before & (CompilerFlags.COROUTINE | CompilerFlags.ASYNC_GENERATOR))
    if is_async is False:
        if known:
            raise ValueError("there are asynchronous instructions, but is_async is false")
        return CompilerFlags.GENERATOR if has_yield or waits else CompilerFlags(0)
    if is_async or known or was_async:
        plain_generator = not known and not is_async and not was_async
        if not plain_generator:
            return (
                CompilerFlags.ASYNC_GENERATOR
                if _is_async_generator(before, instructions, has_yield)
                else (CompilerFlags.COROUTINE)
            )
    return CompilerFlags.GENERATOR if has_yield or yields_from else CompilerFlags(0)


def _is_async_generator(before: CompilerFlags, instructions: list[Any], has_yield: bool) -> bool:
    return has_yield or (CompilerFlags.ASYNC_GENERATOR in before and not instructions)
