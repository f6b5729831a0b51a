"""The source of a class object, which does not keep the code of its body: it is put together from its attributes."""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from typing import Any, Callable

_HIDDEN = {
    "__module__",
    "__dict__",
    "__weakref__",
    "__doc__",
    "__qualname__",
    "__firstlineno__",
    "__static_attributes__",
    "__annotations__",
    "__annotations_cache__",
    "__annotate__",
    "__annotate_func__",
    "__parameters__",
    "__orig_bases__",
    "__abstractmethods__",
    "_abc_impl",
    "__type_params__",
    "__match_args__",
}


def class_source(cls: type, source_of: Callable[[types.FunctionType], str]) -> str:
    """The text of a ``class`` statement for ``cls``, with the methods as ``source_of`` gives them."""
    lines = [f"class {cls.__name__}{_bases(cls)}:"]
    if isinstance(cls.__doc__, str):
        lines.append(_indented(_docstring(cls.__doc__)))
    slots = vars(cls).get("__slots__")
    slot_names = {slots} if isinstance(slots, str) else set(slots or ())
    for name, value in vars(cls).items():
        if name not in _HIDDEN and name not in slot_names:
            lines.extend(_indented(text) for text in _attribute(name, value, source_of))
    if len(lines) == 1:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def _attribute(name: str, value: object, source_of: Callable[[types.FunctionType], str]) -> Iterator[str]:
    if isinstance(value, (staticmethod, classmethod)) and isinstance(value.__func__, types.FunctionType):
        decorator = "staticmethod" if isinstance(value, staticmethod) else "classmethod"
        yield f"\n@{decorator}\n{source_of(value.__func__).rstrip()}"
    elif isinstance(value, property):
        parts = (("property", value.fget), (f"{name}.setter", value.fset), (f"{name}.deleter", value.fdel))
        for decorator, function in parts:
            if isinstance(function, types.FunctionType):
                yield f"\n@{decorator}\n{source_of(function).rstrip()}"
    elif isinstance(value, types.FunctionType):
        text = source_of(value).rstrip()
        if value.__name__ == "<lambda>":
            yield f"{name} = {text}"
        elif value.__name__ != name and name.isidentifier():
            yield f"\n{text}\n{name} = {value.__name__}"
        else:
            yield f"\n{text}"
    elif isinstance(value, type) and value.__qualname__.endswith("." + name):
        yield "\n" + class_source(value, source_of).rstrip()
    else:
        yield f"{name} = {_value(value)}"


def _value(value: object) -> str:
    """A literal, or else a comment on what stands there."""
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return "...  # " + " ".join(text.split())[:80]
    return text


def _bases(cls: type) -> str:
    bases: list[Any] = [base.__qualname__ for base in cls.__bases__ if base is not object]
    if type(cls) is not type and not any(type(base) is type(cls) for base in cls.__bases__):
        bases.append(f"metaclass={type(cls).__qualname__}")
    return f"({', '.join(bases)})" if bases else ""


def _docstring(text: str) -> str:
    if '"""' in text or "\\" in text or (not text.isprintable() and "\n" not in text):
        return repr(text)
    return f'"""{text}"""' if not text.endswith('"') else repr(text)


def _indented(text: str) -> str:
    """``text`` four columns to the right, but for the insides of strings."""
    inside: set[int] = set()
    try:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.end_lineno is not None:
                inside.update(range(node.lineno + 1, node.end_lineno + 1))
    except SyntaxError:
        pass
    rows = text.split("\n")
    return "\n".join(row if number in inside or not row else "    " + row for number, row in enumerate(rows, 1))
