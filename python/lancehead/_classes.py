"""The source of a class object, which does not keep the code of its body: it is put together from its attributes."""

from __future__ import annotations
import __future__

import ast
import functools
import sys
import types
from collections.abc import Iterator
from typing import Any, Callable

from lancehead._objects import identifier, target_of

#: Py_TPFLAGS_HEAPTYPE and, since 3.10, Py_TPFLAGS_IMMUTABLETYPE: what a ``class`` statement makes has the first only.
_HEAP, _IMMUTABLE = 1 << 9, 1 << 8

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
    "__classdictcell__",
    "__conditional_annotations__",
}


def class_source(cls: type, source_of: Callable[[types.FunctionType], str]) -> str:
    """The text of a ``class`` statement for ``cls``, with the methods as ``source_of`` gives them.

    Raises ``TypeError`` for a class that is written in C.
    """
    if not cls.__flags__ & _HEAP or cls.__flags__ & _IMMUTABLE:
        raise TypeError(f"there is no Python code behind {cls!r}")
    lines = [f"class {cls.__name__}{_bases(cls)}:"]
    if isinstance(cls.__doc__, str):
        lines.append(_indented(_docstring(cls.__doc__)))
    slots = vars(cls).get("__slots__")
    slot_names = {slots} if isinstance(slots, str) else set(slots or ())
    values = {name: value for name, value in vars(cls).items() if name not in _HIDDEN and name not in slot_names}
    annotations = annotations_of(cls)
    for name, annotation in annotations.items():
        value = f" = {_value(values.pop(name))}" if name in values else ""
        lines.append(_indented(_with_comment(f"{name}: {annotation}", value)))
    #: The names under which functions have been written, by their addresses.
    written: dict[int, set[str]] = {}
    for name, value in values.items():
        if isinstance(value, types.FunctionType):
            names = written.setdefault(id(value), set())
            if names:
                if name not in names:
                    lines.append(_indented(f"{name} = {min(names)}"))
                continue
            names.update({name, _defined(cls, value)} - {"<lambda>"})
        lines.extend(_indented(text) for text in _attribute(cls, name, value, source_of))
    if len(lines) == 1:
        lines.append("    pass")
    return "\n".join(lines) + "\n"


def annotations_of(cls: type) -> dict[str, str]:
    """The annotations in the body of ``cls``, as they are written; what cannot be written is ``...`` and a comment."""
    if sys.version_info >= (3, 14):
        import annotationlib

        try:
            return annotationlib.get_annotations(cls, format=annotationlib.Format.STRING)
        except Exception:  # Annotations are code, which may raise anything.
            return {}
    found = vars(cls).get("__annotations__")
    if not isinstance(found, dict):
        return {}
    module = getattr(sys.modules.get(cls.__module__), "annotations", None)
    as_text = module is __future__.annotations
    return {name: _annotation(value, cls.__module__, as_text) for name, value in found.items()}


def _annotation(value: object, module: str, as_text: bool) -> str:
    if isinstance(value, str):
        return value if as_text else repr(value)
    if isinstance(value, type) and not isinstance(value, types.GenericAlias):
        known = value.__module__ in ("builtins", module)
        return value.__qualname__ if known else f"{value.__module__}.{value.__qualname__}"
    text = repr(value)
    try:
        ast.parse(text, mode="eval")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _comment(text)
    return text


def _attribute(cls: type, name: str, value: object, source_of: Callable[[types.FunctionType], str]) -> Iterator[str]:
    if isinstance(value, (staticmethod, classmethod)) and isinstance(value.__func__, types.FunctionType):
        decorator = "staticmethod" if isinstance(value, staticmethod) else "classmethod"
        yield from _definition(cls, name, value.__func__, decorator, source_of)
    elif isinstance(value, property):
        parts = (("property", value.fget), (f"{name}.setter", value.fset), (f"{name}.deleter", value.fdel))
        for decorator, function in parts:
            if isinstance(function, types.FunctionType):
                yield from _definition(cls, name, function, decorator, source_of)
    elif isinstance(value, functools.cached_property) and isinstance(value.func, types.FunctionType):
        yield from _definition(cls, name, value.func, "functools.cached_property", source_of)
    elif isinstance(value, types.FunctionType):
        if "__wrapped__" in vars(value):
            yield "\n# Behind a wrapper:"
        yield from _definition(cls, name, value, None, source_of)
    elif isinstance(value, type) and value.__qualname__.endswith("." + name):
        yield "\n" + class_source(value, source_of).rstrip()
    elif isinstance(getattr(value, "__wrapped__", None), types.FunctionType):
        yield f"\n# Behind {' '.join(repr(type(value)).split())}:"
        yield from _definition(cls, name, value.__wrapped__, None, source_of)  # type: ignore[attr-defined]
    else:
        yield _with_comment(name, f" = {_value(value)}")


def _definition(
    cls: type,
    name: str,
    function: types.FunctionType,
    decorator: str | None,
    source_of: Callable[[types.FunctionType], str],
) -> Iterator[str]:
    """A method: a ``def``, or an assignment of a lambda."""
    text = source_of(function).rstrip()
    defined = _defined(cls, function)
    if defined == "<lambda>":
        rows = text.split("\n")
        start = next((at for at, row in enumerate(rows) if not row.startswith("#")), len(rows))
        yield from rows[:start]
        value = "\n".join(rows[start:])
        yield f"{name} = {decorator}({value})" if decorator else f"{name} = {value}"
        return
    yield f"\n@{decorator}\n{text}" if decorator else f"\n{text}"
    if name != defined and name.isidentifier():
        yield f"{name} = {identifier(defined)}"


def _defined(cls: type, function: types.FunctionType) -> str:
    """The name that the definition of ``function`` in the body of ``cls`` binds."""
    name = target_of(function).code.co_name
    is_private = name.startswith("__") and not name.endswith("__")
    return f"_{cls.__name__.lstrip('_')}{name}" if is_private else name


def _with_comment(start: str, end: str) -> str:
    """A statement in two parts, the first of which may end with a comment."""
    text, mark, comment = start.partition("  # ")
    return f"{text}{end}{mark}{comment}"


def _comment(text: str) -> str:
    """What stands for a value that cannot be written."""
    return "...  # " + " ".join(text.split())[:80]


def _value(value: object) -> str:
    """A literal, or else a comment on what stands there."""
    text = repr(value)
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return _comment(text)
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
